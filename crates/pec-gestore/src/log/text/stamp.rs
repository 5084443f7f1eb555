//! The time at the beginning of a line.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use pec_daticert::EventTime;

/// Month, day and time of day, in legal time; older lines have no year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    month: u32,
    day: u32,
    time: NaiveTime,
    year: Option<i32>,
}

/// English and Italian, as the language of the machine was.
const MONTHS: [[&str; 2]; 12] = [
    ["jan", "gen"],
    ["feb", "feb"],
    ["mar", "mar"],
    ["apr", "apr"],
    ["may", "mag"],
    ["jun", "giu"],
    ["jul", "lug"],
    ["aug", "ago"],
    ["sep", "set"],
    ["oct", "ott"],
    ["nov", "nov"],
    ["dec", "dic"],
];

impl Stamp {
    /// Reads the time and gives what follows it, without blanks.
    pub(super) fn read(line: &[u8]) -> Option<(Self, &[u8])> {
        let (month, rest) = word(line)?;
        let month = MONTHS.iter().zip(1..).find_map(|(names, number)| {
            names.iter().any(|name| name.eq_ignore_ascii_case(month)).then_some(number)
        })?;
        let (day, rest) = word(rest)?;
        let (time, rest) = word(rest)?;
        let day = day.parse().ok().filter(|day| (1..=31).contains(day))?;
        let time = clock(time)?;
        let year = word(rest).and_then(|(year, after)| Some((four_digits(year)?, after)));
        let (year, rest) = year.map_or((None, rest), |(year, after)| (Some(year), after));
        Some((Self { month, day, time, year }, rest.trim_ascii_start()))
    }

    /// The instant, when the year is known. Of the hour that comes twice a year, the first one.
    pub(super) fn instant(&self, year: Option<i32>) -> Option<DateTime<Utc>> {
        let day = NaiveDate::from_ymd_opt(self.year.or(year)?, self.month, self.day)?;
        let local = day.and_time(self.time);
        let hours_ahead = |hours| {
            let instant = local.checked_sub_signed(TimeDelta::hours(hours))?.and_utc();
            let legal = EventTime::legal(instant).ok()?;
            (legal.to_datetime().naive_local() == local).then_some(instant)
        };
        // A time of day that legal time leaves out is taken as winter time.
        let winter = || local.checked_sub_signed(TimeDelta::hours(1)).map(|time| time.and_utc());
        hours_ahead(2).or_else(|| hours_ahead(1)).or_else(winter)
    }
}

/// The next word, when it is ASCII and short.
fn word(line: &[u8]) -> Option<(&str, &[u8])> {
    let line = line.trim_ascii_start();
    let end = line.iter().take(16).position(|octet| *octet == b' ')?;
    let (word, rest) = line.split_at_checked(end)?;
    Some((std::str::from_utf8(word).ok()?, rest))
}

fn clock(text: &str) -> Option<NaiveTime> {
    let mut numbers = text.split(':').map(|number| match number.len() {
        2 if number.bytes().all(|octet| octet.is_ascii_digit()) => number.parse().ok(),
        _ => None,
    });
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next()??);
    match (second, numbers.next()) {
        (60, None) => NaiveTime::from_hms_milli_opt(hour, minute, 59, 1000),
        (_, None) => NaiveTime::from_hms_opt(hour, minute, second),
        _ => None,
    }
}

fn four_digits(text: &str) -> Option<i32> {
    let is_year = text.len() == 4 && text.bytes().all(|octet| octet.is_ascii_digit());
    if is_year { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(line: &str, year: Option<i32>) -> Option<String> {
        let (stamp, rest) = Stamp::read(line.as_bytes())?;
        assert_eq!(rest, b"x");
        stamp.instant(year).map(|instant| instant.to_rfc3339())
    }

    /// norms 11: legal time, summer and winter, and the hours of the change.
    #[test]
    fn legal_time_is_read_in_both_languages() {
        for (line, year, expected) in [
            ("Mar 27 12:51:49 2008 x", None, "2008-03-27T11:51:49+00:00"),
            ("mag 10 11:01:59 x", Some(2006), "2006-05-10T09:01:59+00:00"),
            ("set  2 00:00:00 2006 x", Some(1999), "2006-09-01T22:00:00+00:00"),
            ("Oct 25 02:30:00 2026 x", None, "2026-10-25T00:30:00+00:00"),
            ("Mar 29 02:30:00 2026 x", None, "2026-03-29T01:30:00+00:00"),
        ] {
            assert_eq!(instant(line, year).as_deref(), Some(expected), "{line}");
        }
        assert_eq!(instant("mag 10 11:01:59 x", None), None);
        assert_eq!(instant("Feb 29 11:01:59 2026 x", None), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for line in [
            "",
            "Mar",
            "Mar 27",
            "Mar 27 12:51:49",
            "Mar 32 12:51:49 x",
            "Foo 27 12:51:49 x",
            "Mar 27 12:51 x",
            "Mar 27 12:51:61 x",
            "Mar 27 1:2:3 x",
            "Mar 27 12:51:49:00 x",
            "Mar -1 12:51:49 x",
        ] {
            assert_eq!(Stamp::read(line.as_bytes()), None, "{line}");
        }
    }
}
