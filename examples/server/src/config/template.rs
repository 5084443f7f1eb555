//! The file that `gestore init` writes.

/// A configuration with a comment for every key. The name is quoted as TOML wants it.
#[must_use]
pub fn template(domain: &str, name: &str) -> String {
    let name = toml::Value::String(name.to_owned()).to_string();
    TEMPLATE.replace("@DOMAIN@", domain).replace("@NAME@", &name)
}

const TEMPLATE: &str = r#"# Configuration of a gestore of posta elettronica certificata (Postacert).
# Paths are relative to this folder. A key that is not known is an error. The keys that stand behind
# a # show their defaults.

[provider]
# As in the providers' directory and in the certificates that sign.
name = @NAME@
# The domain of posta-certificata@, the address in those certificates.
domain = "@DOMAIN@"
# The domains whose mailboxes are held here.
domains = ["@DOMAIN@"]
# Where receipts of other providers go: mailReceipt of the directory.
service_mailbox = "ricevute@@DOMAIN@"
# Stands in identifiers; every node of a provider has its own. Letters and digits.
node = "n1"

[listen]
# The name with which this host greets; its TLS certificate bears it.
host = "@DOMAIN@"
# SMTP of other providers and of the ordinary world.
incoming = "0.0.0.0:25"
# SMTP of our users: TLS at once, and STARTTLS.
submission_tls = "0.0.0.0:465"
submission = "0.0.0.0:587"
# The mailboxes of our users: TLS at once, and STLS.
pop3_tls = "0.0.0.0:995"
pop3 = "0.0.0.0:110"
# http://…/metrics (Prometheus) and /health; local addresses only.
metrics = "127.0.0.1:9465"

[tls]
# PEM: the certificate with its issuers, and its key.
certificate = "tls/server.pem"
key = "tls/server.key"

[signing]
# What signs envelopes and receipts. The first whose certificate is valid is used, so a new key is
# put in front of, or behind, the old one while both stand in the directory (at renewal). The files
# are read again when they change; nothing is restarted.
keys = [{ certificate = "signing/provider.pem", key = "signing/provider.key" }]

[trust]
# Folders: authorities of providers' certificates, and revocation lists.
anchors = "trust/anchors"
crls = "trust/crls"
# Lists to fetch; a list that is out of date makes mail wait, and gives an alarm.
crl_urls = []
# crl_refresh_hours = 6

[directory]
# The providers' directory, signed; read again when it changes.
file = "directory/directory.ldif.p7m"
# Whose signature on it counts.
signers = ["directory/centre.pem"]
# current_hours = 26   # older: an alarm
# usable_hours = 72    # older: mail between providers waits
# Fetch it from the centre by HTTPS, with the certificate by which it knows us. What is fetched
# takes the place of the file if its signature is right and not older; else the old file stays.
# [directory.fetch]
# url = "https://igpec.example/igpec.ldif.p7m"
# certificate = "directory/client.pem"
# key = "directory/client.key"
# authorities = "directory/https-authorities.pem"   # of the centre's server
# hours = 6            # between two fetches

[relay]
# Look other domains up in the DNS.
mx = true
# Authorities of the TLS certificates of other providers' servers (PEM). Between providers TLS is
# always required and authenticated.
authorities = "trust/tls-authorities.pem"
# pinned = []          # or those certificates themselves: SHA-256 of the DER
# first_retry_seconds = 60     # what is put off is tried again, ever more rarely, up to
# longest_retry_seconds = 1800 # this; an envelope waits 24 hours at most
# Fixed routes go before the DNS, "*" is every other domain:
# [relay.routes."beta.example"]
# host = "mx.beta.example"
# connect = "192.0.2.25:25"

[antivirus]
# clamd, or eicar (knows the test file alone), or none. If it does not answer, mail waits.
engine = "eicar"
# clamd = "unix:/run/clamav/clamd.ctl"

[attachments]
# Names that are not taken, in zip archives too, for example ["exe", "js", "lnk", "vbs"].
extensions = []
# Whether files are judged by their octets too, whatever they are called.
by_real_type = false

[limits]
message_octets = 104857600
# Size times recipients of a message; the norm asks for 30 MB at least, and for 50 recipients.
product_octets = 104857600
recipients = 500
# hops = 50
# connections = 1000
# connections_per_peer = 50
# idle_seconds = 300
# message_seconds = 1800

[log]
# The log of the program; that of the norm is always kept, for 30 months.
level = "info"
json = false
"#;
