//! What SMTP and POP3 have in common on the wire: lines, bodies that end with a dot, SASL.

mod dots;
mod lines;
mod sasl;

pub use dots::{BodyMarks, BodyReader, Stuffer};
pub use lines::{LineFault, LineReader};
pub use sasl::{Credentials, Exchange, Mechanism, SaslFault, SaslStep};
