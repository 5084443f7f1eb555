//! Instants as messages bear them.

use chrono::{DateTime, Utc};
use pec_daticert::EventTime;

/// Seconds of 9999-12-31T12:00:00Z, which has four digits of year in every zone.
const LAST_NOON: i64 = 253_402_257_600;

/// The legal time of an instant (RFC 6109 §4.2). Where there is none to be written, in years
/// without
/// four digits and in times when Rome was not whole minutes from Greenwich, it is that of the
/// nearest instant since 1970; a leap second where UTC has none is taken for the second before.
pub(crate) fn legal_time(instant: DateTime<Utc>) -> EventTime {
    EventTime::legal(instant).unwrap_or_else(|_| {
        let seconds = instant.timestamp().clamp(0, LAST_NOON);
        let whole = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        #[expect(clippy::expect_used, reason = "whole seconds of four-digit years since 1970")]
        EventTime::legal(whole).expect("the instant has a legal time")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legal(instant: &str) -> String {
        legal_time(instant.parse().unwrap()).to_string()
    }

    /// norms 11, rfc6109 §4.1#1
    #[test]
    fn summer_time_begins_and_ends() {
        assert_eq!(legal("2026-03-29T00:59:59Z"), "2026-03-29T01:59:59+01:00");
        assert_eq!(legal("2026-03-29T01:00:00Z"), "2026-03-29T03:00:00+02:00");
        assert_eq!(legal("2026-10-25T00:30:00Z"), "2026-10-25T02:30:00+02:00");
        assert_eq!(legal("2026-10-25T01:30:00Z"), "2026-10-25T02:30:00+01:00");
    }

    #[test]
    fn leap_seconds_are_told_where_utc_has_them() {
        let leap = "2016-12-31T23:59:59Z".parse::<DateTime<Utc>>().unwrap().timestamp();
        let leap = DateTime::from_timestamp(leap, 1_500_000_000).unwrap();
        assert_eq!(legal_time(leap).hour(), "00:59:60");
        let noon = "2026-11-22T12:00:59Z".parse::<DateTime<Utc>>().unwrap().timestamp();
        let no_leap = DateTime::from_timestamp(noon, 1_500_000_000).unwrap();
        assert_eq!(legal_time(no_leap).hour(), "13:00:59");
    }

    #[test]
    fn every_instant_has_a_legal_time() {
        assert_eq!(legal_time(DateTime::<Utc>::MAX_UTC).day(), "31/12/9999");
        assert_eq!(legal_time(DateTime::<Utc>::MIN_UTC).day(), "01/01/1970");
    }
}
