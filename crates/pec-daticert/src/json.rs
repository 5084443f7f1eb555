//! The JSON (or other serde form) of the model: one flat object, English names of fields, words
//! of the DTD as values. Described in the crate's documentation.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    Address, CertificationData, ErrorCode, EventTime, Header, Kind, Msgid, OneOrMore, PecMsgid,
    ReceiptType, Recipient, Text,
    matrix::{self, Fields, Present},
};

/// Serialises as the string that it is, deserialises through `TryFrom<String>`.
macro_rules! string_value {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::try_from(text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use string_value;

#[derive(Serialize, Deserialize)]
#[serde(rename = "CertificationData")]
struct Flat {
    kind: Kind,
    error: ErrorCode,
    sender: Address,
    recipients: OneOrMore<Recipient>,
    reply_to: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Text>,
    provider: Text,
    time: EventTime,
    pec_msgid: PecMsgid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    msgid: Option<Msgid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt_type: Option<ReceiptType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered_to: Option<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    received_for: Vec<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_detail: Option<Text>,
}

impl Serialize for CertificationData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { header, provider, time, pec_msgid, msgid, event } = self.clone();
        let flat = Flat {
            kind: event.kind(),
            error: event.error(),
            sender: header.sender,
            recipients: header.recipients,
            reply_to: header.reply_to,
            subject: header.subject,
            provider,
            time,
            pec_msgid,
            msgid,
            receipt_type: event.receipt_type(),
            delivered_to: event.delivered_to().cloned(),
            received_for: event.received_for().to_vec(),
            error_detail: event.error_detail().cloned(),
        };
        flat.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CertificationData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let flat = Flat::deserialize(deserializer)?;
        let present = Present {
            error: flat.error,
            receipt_type: flat.receipt_type.is_some(),
            delivered_to: flat.delivered_to.is_some(),
            received_for: flat.received_for.len(),
            error_detail: flat.error_detail.is_some(),
        };
        if let Some((element, breach)) = matrix::breaches(flat.kind, present).into_iter().next() {
            return Err(D::Error::custom(format_args!("<{element}>: {breach}")));
        }
        let fields = Fields {
            error: Some(flat.error),
            receipt_type: flat.receipt_type,
            delivered_to: flat.delivered_to,
            received_for: flat.received_for,
            error_detail: flat.error_detail,
        };
        let header = Header {
            sender: flat.sender,
            recipients: flat.recipients,
            reply_to: flat.reply_to,
            subject: flat.subject,
        };
        Ok(Self {
            header,
            provider: flat.provider,
            time: flat.time,
            pec_msgid: flat.pec_msgid,
            msgid: flat.msgid,
            event: matrix::event(flat.kind, fields).map_err(D::Error::custom)?,
        })
    }
}
