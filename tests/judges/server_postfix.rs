//! Postfix as the ordinary world: it sends to our users, and takes what our users write to others.

#[path = "../../examples/server/tests/world/mod.rs"]
mod world;

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pec_server::config::RouteSection;
use world::{Client, World, message};

const MARIO: &str = "mario@alfa.example";
const LUIGI: &str = "luigi@beta.example";

/// A postfix of its own folder, stopped at the end.
struct Postfix {
    folder: tempfile::TempDir,
    address: SocketAddr,
}

impl Postfix {
    fn start(address: SocketAddr, beta: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its programs run as another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let postfix = Self { folder, address };
        for part in ["etc", "queue", "data", "mail"] {
            fs::create_dir(postfix.path(part)).unwrap();
        }
        let owner = |path: &Path| {
            let status = Command::new("chown").arg("postfix").arg(path).status().unwrap();
            assert!(status.success());
        };
        owner(&postfix.path("data"));
        owner(&postfix.path("mail"));
        let root = postfix.folder.path().display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {root}/queue\n\
             data_directory = {root}/data\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
             mail_owner = postfix\nsetgid_group = postdrop\nmyhostname = mx.gamma.example\n\
             mydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nvirtual_mailbox_domains = gamma.example\n\
             virtual_mailbox_base = {root}/mail\n\
             virtual_mailbox_maps = inline:{{ {{ giulia@gamma.example = giulia/ }} }}\n\
             virtual_uid_maps = static:{uid}\nvirtual_gid_maps = static:{uid}\n\
             virtual_minimum_uid = 1\n\
             transport_maps = inline:{{ {{ beta.example = smtp:[127.0.0.1]:{port} }} }}\n\
             smtp_tls_security_level = may\nmaillog_file_prefixes = {root}\n\
             maillog_file = {root}/maillog\n",
            uid = user_id("postfix"),
            port = beta.port()
        );
        fs::write(postfix.path("etc/main.cf"), main).unwrap();
        let services = fs::read_to_string("/usr/share/postfix/master.cf.dist").unwrap();
        let services = services.lines().map(|line| match line.starts_with("smtp      inet") {
            true => format!("{address} inet n - n - - smtpd"),
            false => line.to_owned(),
        });
        let mut services: Vec<String> = services.collect();
        if !services.iter().any(|line| line.starts_with("postlog ")) {
            services.push("postlog unix-dgram n - n - 1 postlogd".to_owned());
        }
        fs::write(postfix.path("etc/master.cf"), services.join("\n") + "\n").unwrap();
        postfix.order("start");
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() {
                return postfix;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("postfix does not listen: {}", postfix.log());
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    fn order(&self, order: &str) {
        let command =
            Command::new("/usr/sbin/postfix").arg("-c").arg(self.path("etc")).arg(order).output();
        let output = command.expect("postfix: run tests/judges/install.sh");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || order == "stop", "postfix {order}: {said}");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("maillog")).unwrap_or_default()
    }

    /// What lies in a mailbox.
    fn mailbox(&self, user: &str) -> Vec<String> {
        let folder = self.path("mail").join(user).join("new");
        let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
        files.filter_map(|file| fs::read_to_string(file.unwrap().path()).ok()).collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.order("stop");
    }
}

fn user_id(name: &str) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with(&format!("{name}:")));
    line.expect("the user postfix").split(':').nth(2).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: postfix"]
async fn postfix_sends_to_us_and_takes_from_us() {
    let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = World::start_now(|config| {
        let route =
            RouteSection { host: "mx.gamma.example".to_owned(), connect: Some(at.to_string()) };
        config.relay.routes.insert("gamma.example".to_owned(), route);
    })
    .await;
    let postfix = Postfix::start(at, world.beta.running.ports().incoming.unwrap());

    // In: over STARTTLS, since we offer it, into an anomaly envelope.
    let mut client = Client::new(tokio::net::TcpStream::connect(postfix.address).await.unwrap());
    client.reply().await;
    let text = message("giulia@gamma.example", LUIGI, "saluti");
    for line in ["EHLO a", "MAIL FROM:<giulia@gamma.example>", &format!("RCPT TO:<{LUIGI}>")] {
        let said = client.say(line).await;
        assert!(said.starts_with("250"), "{said}");
    }
    client.say("DATA").await;
    client.say(&format!("{}\r\n.", text.replace("\r\n.", "\r\n.."))).await;
    let expected = ["ANOMALIA MESSAGGIO: saluti"];
    let got = world.beta.wait_for(LUIGI, &expected, &world.clock).await;
    assert!(got[0].contains("with ESMTPS;"), "postfix used TLS");

    // Out: an ordinary recipient gets the envelope, an unknown one comes back.
    let text = message(MARIO, "giulia@gamma.example", "fuori");
    world.alfa.submit(MARIO, &["giulia@gamma.example"], &text, &world.clock).await;
    let mut mailbox = Vec::new();
    for _ in 0..100 {
        mailbox = postfix.mailbox("giulia");
        if !mailbox.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let log = postfix.log();
    assert!(mailbox.iter().any(|mail| mail.contains("POSTA CERTIFICATA: fuori")), "{log}");
    let text = message(MARIO, "nessuno@gamma.example", "ignoto");
    world.alfa.submit(MARIO, &["nessuno@gamma.example"], &text, &world.clock).await;
    world.alfa.wait_for(MARIO, &["ANOMALIA MESSAGGIO"], &world.clock).await;
    world.stop().await;
}
