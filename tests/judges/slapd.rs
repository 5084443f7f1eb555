//! OpenLDAP judges the directory that we write: `slapadd` takes the file under the schema of
//! RFC 6109 §4.5, and what `slapcat` gives back says the same.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use pec_directory::{
    BaseRoot, Contents, Environment, Provider, ProviderCertificate, SecondaryEnvironment, schema,
};
use pec_smime::{
    crypto::CryptoProvider,
    testpki::{Shape, TestPki},
};

/// A server's files in a folder of their own; no server runs.
struct Server(PathBuf);

impl Server {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pec-slapd-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("db")).unwrap();
        let server = Self(folder);
        server.write("pec.schema", &schema::openldap());
        let path = server.0.display();
        server.write(
            "slapd.conf",
            &format!(
                "include /etc/ldap/schema/core.schema\ninclude {path}/pec.schema\n\
                 modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {path}/pid\n\
                 database mdb\nsuffix \"o=postacert\"\ndirectory {path}/db\n"
            ),
        );
        server
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let sbin = Path::new("/usr/sbin").join(program);
        let configuration = self.0.join("slapd.conf");
        let mut command = Command::new(if sbin.exists() { sbin } else { program.into() });
        command.arg("-f").arg(configuration).args(arguments).current_dir(&self.0);
        command
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; see install.d/slapd.sh"))
    }

    /// Adds a file, first only in appearance (`-u`), then in earnest; values are checked.
    fn add(&self, ldif: &str) -> Result<(), String> {
        self.write("file.ldif", ldif);
        for mode in [&["-u", "-l", "file.ldif"][..], &["-l", "file.ldif"]] {
            let output = self.run("slapadd", &[&["-o", "value-check=yes"], mode].concat());
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn contents() -> Contents {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let pki = TestPki::new(now, &["alfa.example", "beta.example"]);
    let crypto = CryptoProvider::rustcrypto();
    let environment = |domain: &str, shapes: &[Shape]| {
        let certificate = |shape: &Shape| {
            let identity = pki.provider("Alfa", domain, *shape);
            ProviderCertificate::new(identity.certificate().der(), &crypto).unwrap()
        };
        Environment {
            certificates: shapes.iter().map(certificate).collect(),
            mail_receipt: Some(format!("Ricevute.pec@{domain}").parse().unwrap()),
            domains: [domain.to_owned(), format!("città.{domain}"), format!("a_b.{domain}")]
                .iter()
                .map(|domain| domain.parse().unwrap())
                .collect(),
            descriptions: vec!["Società di posta".parse().unwrap(), "<due>: x".parse().unwrap()],
        }
    };
    let mut alfa = Provider::new(
        "Alfa, Beta + \"Gamma\" <Società> S.p.A.; #1".parse().unwrap(),
        environment("alfa.example", &[Shape::Sound, Shape::Rsa4096]),
    );
    alfa.location = Some("https://alfa.example/alfa.ldif.p7m?a=b".parse().unwrap());
    alfa.secondary = ["Uno", "Ambiente secondario, 2"]
        .map(|unit| SecondaryEnvironment {
            unit: unit.parse().unwrap(),
            environment: environment("uno.alfa.example", &[Shape::P256]),
        })
        .into();
    let beta = Provider::new(
        "Beta con un nome così lungo che la riga del suo nome va piegata più di una volta, e oltre"
            .parse()
            .unwrap(),
        environment("beta.example", &[Shape::Sound]),
    );
    let base = BaseRoot {
        location: Some("https://centre.example/all.ldif.p7m".parse().unwrap()),
        descriptions: vec!["Radice".parse().unwrap()],
    };
    Contents { base: Some(base), providers: vec![alfa, beta] }
}

// norms 48
#[test]
#[ignore = "judge: slapd"]
fn slapd_takes_what_we_write() {
    let contents = contents();
    let server = Server::new("accepted");
    server.add(&contents.to_ldif().unwrap()).unwrap();

    let dump = server.run("slapcat", &[]);
    assert!(dump.status.success());
    let (mut back, deviations) =
        Contents::from_ldif(&dump.stdout, &CryptoProvider::rustcrypto()).unwrap();
    // The server adds attributes of its own, and nothing else is odd.
    for deviation in &deviations {
        assert!(deviation.to_string().contains("does not have this attribute"), "{deviation}");
    }
    // Values are a set there.
    let mut expected = contents;
    for contents in [&mut back, &mut expected] {
        for provider in &mut contents.providers {
            let secondary = provider.secondary.iter_mut().map(|s| &mut s.environment);
            for environment in provider.main.iter_mut().chain(secondary) {
                environment.domains.sort();
                environment.descriptions.sort();
                environment.certificates.sort_by_key(ProviderCertificate::hash);
            }
        }
    }
    assert_eq!(back, expected);
}

/// The schema is really applied: what breaks it is refused.
#[test]
#[ignore = "judge: slapd"]
fn slapd_refuses_what_breaks_the_schema() {
    let ldif = contents().to_ldif().unwrap();
    assert_eq!(Server::new("unchanged").add(&ldif), Ok(()));
    for (name, from, to) in [
        ("mailbox", "mailReceipt: Ricevute.pec@beta.example\n", ""),
        ("twice", "mailReceipt: R", "mailReceipt: other@alfa.example\nmailReceipt: R"),
        ("unknown", "managedDomains: alfa", "managedDomain: alfa"),
        ("not-ia5", "managedDomains: alfa.example", "managedDomains:: w6gK"),
    ] {
        assert!(ldif.contains(from), "{from}");
        let refused = Server::new(name).add(&ldif.replacen(from, to, 1));
        assert!(refused.is_err(), "{name}");
    }
}
