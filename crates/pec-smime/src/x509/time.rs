//! `UTCTime` and `GeneralizedTime` as RFC 5280 §4.1.2.5 has them in certificates and CRLs.

use chrono::{DateTime, NaiveDate, Utc};

use super::tlv::{DerError, Reader, Tlv, tag};

/// Reads a `Time`: either form, in Zulu time with seconds.
///
/// A `UTCTime` from 50 to 99 lies in the last century (RFC 5280 §4.1.2.5.1); crates that count
/// seconds from 1970 refuse the PKITS certificate whose validity begins in 1950.
pub(crate) fn read_time(reader: &mut Reader<'_>) -> Result<DateTime<Utc>, DerError> {
    time_of(reader.next()?)
}

/// Reads the `Time` in an element already taken.
pub(crate) fn time_of(element: Tlv<'_>) -> Result<DateTime<Utc>, DerError> {
    let parsed = match element.tag {
        tag::UTC_TIME => utc_time(element.value()),
        tag::GENERALIZED_TIME => generalized_time(element.value()),
        _ => return Err(element.unexpected()),
    };
    parsed.ok_or_else(|| element.bad_value())
}

fn utc_time(text: &[u8]) -> Option<DateTime<Utc>> {
    let (year, rest) = text.split_at_checked(2)?;
    let year = number(year)?;
    let century = if year >= 50 { 1900 } else { 2000 };
    instant(year.checked_add(century)?, rest)
}

fn generalized_time(text: &[u8]) -> Option<DateTime<Utc>> {
    let (year, rest) = text.split_at_checked(4)?;
    instant(number(year)?, rest)
}

/// `MMDDHHMMSSZ` of a year.
fn instant(year: u32, rest: &[u8]) -> Option<DateTime<Utc>> {
    let (digits, zone) = rest.split_at_checked(10)?;
    if zone != b"Z" {
        return None;
    }
    let mut fields = digits.chunks_exact(2).map(number);
    let mut next = || fields.next().flatten();
    let (month, day, hour, minute, second) = (next()?, next()?, next()?, next()?, next()?);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

fn number(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(tag: u8, text: &str) -> Option<String> {
        let mut der = vec![tag, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        let read = read_time(&mut Reader::new(&der)).ok()?;
        Some(read.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    #[test]
    fn both_forms_are_read_with_the_century_of_rfc_5280() {
        for (tag, text, expected) in [
            (tag::UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
            (tag::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (tag::UTC_TIME, "690101000000Z", "1969-01-01T00:00:00Z"),
            (tag::GENERALIZED_TIME, "20500101120100Z", "2050-01-01T12:01:00Z"),
            (tag::GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(time(tag, text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "5001010000Z",
            "500101000000+0100",
            "500101000000",
            "501301000000Z",
            "500101250000Z",
            "5001010000 0Z",
            "+00101000000Z",
        ] {
            assert_eq!(time(tag::UTC_TIME, text), None, "{text}");
        }
        assert_eq!(time(tag::GENERALIZED_TIME, "20500101120100.5Z"), None);
        assert_eq!(time(tag::INTEGER, "20500101120100Z"), None);
    }
}
