//! Event times: Italian legal time with its offset, to the second.

use std::{fmt, str::FromStr};

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Europe::Rome;

/// The moment of a certified event, in local legal time with its own offset from UTC and a
/// precision of one second (RFC 6109 §4.1, §4.2).
///
/// On the wire it is three strings, the form is closed by RFC 6109 §4.4: `giorno` (`dd/mm/yyyy`),
/// `ora` (`hh:mm:ss`) and `zona` (`+hhmm` or `-hhmm`).
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use pec_daticert::EventTime;
///
/// let instant = Utc.with_ymd_and_hms(2026, 7, 1, 8, 30, 0).unwrap();
/// let time = EventTime::legal(instant)?; // legal time in Italy: summer
/// assert_eq!((time.day(), time.hour()), ("01/07/2026".into(), "10:30:00".into()));
/// assert_eq!(time.zone(), "+0200");
/// assert_eq!(time.to_utc(), instant);
/// # Ok::<(), pec_daticert::TimeError>(())
/// ```
#[doc(alias = "data")]
#[doc(alias = "ora legale")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventTime(DateTime<FixedOffset>);

/// Why something is no [`EventTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// `giorno` is not a date of the calendar written `dd/mm/yyyy`.
    #[error("not a date in the form dd/mm/yyyy")]
    Day,
    /// `ora` is not a time of day written `hh:mm:ss`.
    #[error("not a time in the form hh:mm:ss")]
    Hour,
    /// `zona` is not an offset written `+hhmm` or `-hhmm`.
    #[error("not an offset in the form +hhmm or -hhmm")]
    Zone,
    /// Second 60 elsewhere than at 23:59 UTC.
    #[error("a leap second can only be 23:59:60 UTC")]
    LeapSecond,
    /// The year does not have four digits.
    #[error("the year is not between 0 and 9999")]
    Year,
    /// The string is not a time of RFC 3339.
    #[error("not a time in the form of RFC 3339")]
    Rfc3339,
}

impl EventTime {
    /// The legal time in Italy (zone `Europe/Rome`, summer time included) at `instant`.
    /// Fractions of a second are dropped.
    ///
    /// # Errors
    /// [`TimeError::Year`] when the local year does not have four digits.
    // rfc6109 §4.2, norms 11
    pub fn legal(instant: DateTime<Utc>) -> Result<Self, TimeError> {
        let offset = Rome.offset_from_utc_datetime(&instant.naive_utc()).fix();
        Self::new(instant.with_timezone(&offset))
    }

    /// The time as given, offset included. Fractions of a second are dropped.
    ///
    /// # Errors
    /// [`TimeError::Year`], [`TimeError::LeapSecond`], and [`TimeError::Zone`] when the offset is
    /// not a whole number of minutes.
    pub fn new(time: DateTime<FixedOffset>) -> Result<Self, TimeError> {
        // The local time of the very first and last instants cannot be expressed.
        let local = time.naive_utc().checked_add_offset(*time.offset()).ok_or(TimeError::Year)?;
        Self::from_parts(local.date(), local.time(), *time.offset())
    }

    /// Puts date, time of day and offset together. Fractions of a second are dropped.
    ///
    /// # Errors
    /// As [`EventTime::new`].
    pub fn from_parts(
        day: NaiveDate,
        hour: NaiveTime,
        zone: FixedOffset,
    ) -> Result<Self, TimeError> {
        if !(0..=9999).contains(&day.year()) {
            return Err(TimeError::Year);
        }
        if zone.local_minus_utc() % 60 != 0 {
            return Err(TimeError::Zone);
        }
        let hour = whole_second(hour);
        let local = NaiveDateTime::new(day, hour);
        let time = zone.from_local_datetime(&local).single().ok_or(TimeError::Year)?;
        let utc = time.naive_utc();
        if is_leap(hour) && (utc.hour(), utc.minute()) != (23, 59) {
            return Err(TimeError::LeapSecond);
        }
        Ok(Self(time))
    }

    /// Reads the three strings of `daticert.xml`, exactly in their prescribed form.
    ///
    /// # Errors
    /// [`TimeError`] says which of the three is wrong.
    // rfc6109 §4.2, §4.4
    pub fn from_wire(day: &str, hour: &str, zone: &str) -> Result<Self, TimeError> {
        let day = parse_day(day).and_then(Form::prescribed).ok_or(TimeError::Day)?;
        let hour = parse_hour(hour).and_then(Form::prescribed).ok_or(TimeError::Hour)?;
        let zone = parse_zone(zone).and_then(Form::prescribed).ok_or(TimeError::Zone)?;
        Self::from_parts(day, hour, zone)
    }

    /// `giorno`, as in `21/11/2026`.
    #[must_use]
    pub fn day(&self) -> String {
        self.0.format("%d/%m/%Y").to_string()
    }

    /// `ora`, as in `09:05:00`.
    #[must_use]
    pub fn hour(&self) -> String {
        self.0.format("%H:%M:%S").to_string()
    }

    /// `zona`, as in `+0100`. Between parentheses it is what the readable texts print (erratum 6).
    #[must_use]
    pub fn zone(&self) -> String {
        self.0.format("%z").to_string()
    }

    /// The instant.
    #[must_use]
    pub fn to_utc(&self) -> DateTime<Utc> {
        self.0.to_utc()
    }

    /// The time with its offset.
    #[must_use]
    pub fn to_datetime(&self) -> DateTime<FixedOffset> {
        self.0
    }
}

/// RFC 3339, as in `2026-11-21T09:05:00+01:00`: the form of the JSON.
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

impl FromStr for EventTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        DateTime::parse_from_rfc3339(text).map_err(|_| TimeError::Rfc3339).and_then(Self::new)
    }
}

impl TryFrom<String> for EventTime {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for EventTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EventTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A value that was written in the prescribed form, or understood in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form<T> {
    Prescribed(T),
    Deviant(T),
}

impl<T> Form<T> {
    fn prescribed(self) -> Option<T> {
        match self {
            Self::Prescribed(value) => Some(value),
            Self::Deviant(_) => None,
        }
    }
}

/// `dd/mm/yyyy`; also, deviant, `dd-mm-yyyy` and `yyyy-mm-dd` (unambiguous by their lengths).
pub(crate) fn parse_day(text: &str) -> Option<Form<NaiveDate>> {
    let date = |day, month, year| {
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| year <= 9999)
    };
    if let Some([day, month, year]) = numbers(text, '/', [2, 2, 4]) {
        return date(day, month, year).map(Form::Prescribed);
    }
    if let Some([day, month, year]) = numbers(text, '-', [2, 2, 4]) {
        return date(day, month, year).map(Form::Deviant);
    }
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    date(day, month, year).map(Form::Deviant)
}

/// `hh:mm:ss`; also, deviant, `hh:mm`. Second 60 is a leap second.
pub(crate) fn parse_hour(text: &str) -> Option<Form<NaiveTime>> {
    if let Some([hour, minute, second]) = numbers(text, ':', [2, 2, 2]) {
        let time = match second {
            60 => NaiveTime::from_hms_milli_opt(hour, minute, 59, 1000).filter(|_| minute == 59),
            _ => NaiveTime::from_hms_opt(hour, minute, second),
        };
        return time.map(Form::Prescribed);
    }
    let [hour, minute] = numbers(text, ':', [2, 2])?;
    NaiveTime::from_hms_opt(hour, minute, 0).map(Form::Deviant)
}

/// `+hhmm` or `-hhmm`; also, deviant, with a colon between hours and minutes.
pub(crate) fn parse_zone(text: &str) -> Option<Form<FixedOffset>> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let offset = |hours: u32, minutes: u32| {
        let seconds =
            i32::try_from(hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?);
        FixedOffset::east_opt(seconds.ok()?.checked_mul(sign)?)
            .filter(|_| hours <= 23 && minutes <= 59)
    };
    if let Some([hours, minutes]) = numbers(digits, ':', [2, 2]) {
        return offset(hours, minutes).map(Form::Deviant);
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let [[hours], [minutes]] = [numbers(hours, ':', [2])?, numbers(minutes, ':', [2])?];
    offset(hours, minutes).map(Form::Prescribed)
}

/// Reads exactly `N` numbers of exactly so many ASCII digits each, `separator` between them.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut characters = text.chars();
    let mut values = [0_u32; N];
    for (index, (value, digits)) in values.iter_mut().zip(digits).enumerate() {
        if index > 0 && characters.next() != Some(separator) {
            return None;
        }
        for _ in 0..digits {
            let digit = characters.next()?.to_digit(10)?;
            *value = value.checked_mul(10)?.checked_add(digit)?;
        }
    }
    characters.next().is_none().then_some(values)
}

/// Drops the fraction, keeps a leap second (which chrono writes as second 59 and 1 s of fraction).
fn whole_second(time: NaiveTime) -> NaiveTime {
    let fraction = if is_leap(time) { LEAP_NANOS } else { 0 };
    time.with_nanosecond(fraction).unwrap_or(time)
}

fn is_leap(time: NaiveTime) -> bool {
    time.nanosecond() >= LEAP_NANOS
}

const LEAP_NANOS: u32 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn legal(y: i32, m: u32, d: u32, h: u32, min: u32, s: u32) -> String {
        EventTime::legal(Utc.with_ymd_and_hms(y, m, d, h, min, s).unwrap()).unwrap().to_string()
    }

    #[test]
    fn no_instant_is_too_far_away_to_be_refused() {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(EventTime::legal(instant), Err(TimeError::Year));
        }
    }

    /// norms 11: legal time, both changes of the hour of 2026, and the rule of 1945.
    #[test]
    fn legal_time_follows_the_changes_of_the_hour() {
        assert_eq!(legal(2026, 3, 29, 0, 59, 59), "2026-03-29T01:59:59+01:00");
        assert_eq!(legal(2026, 3, 29, 1, 0, 0), "2026-03-29T03:00:00+02:00");
        assert_eq!(legal(2026, 10, 25, 0, 59, 59), "2026-10-25T02:59:59+02:00");
        assert_eq!(legal(2026, 10, 25, 1, 0, 0), "2026-10-25T02:00:00+01:00");
        assert_eq!(legal(2005, 11, 2, 12, 0, 0), "2005-11-02T13:00:00+01:00");
    }

    /// rfc6109 §4.2, §4.4
    #[test]
    fn reads_and_writes_the_wire_form() {
        let time = EventTime::from_wire("14/11/2014", "18:26:32", "+0100").unwrap();
        assert_eq!(time.to_string(), "2014-11-14T18:26:32+01:00");
        assert_eq!((time.day(), time.hour(), time.zone()), wire("14/11/2014", "18:26:32", "+0100"));
        let time = EventTime::from_wire("01/01/0001", "00:00:00", "-1130").unwrap();
        assert_eq!((time.day(), time.hour(), time.zone()), wire("01/01/0001", "00:00:00", "-1130"));
    }

    fn wire(day: &str, hour: &str, zone: &str) -> (String, String, String) {
        (day.to_owned(), hour.to_owned(), zone.to_owned())
    }

    #[test]
    fn refuses_other_forms_naming_the_part() {
        let (day, hour, zone) = ("14/11/2014", "18:26:32", "+0100");
        for wrong in [
            "",
            "14-11-2014",
            "2014-11-14",
            "31/02/2014",
            "1/1/2014",
            "14/11/14",
            " 14/11/2014",
            "٠١/٠١/٢٠١٤",
        ] {
            assert_eq!(EventTime::from_wire(wrong, hour, zone), Err(TimeError::Day), "{wrong}");
        }
        for wrong in ["", "18:26", "24:00:00", "18:60:00", "18:26:60", "18:26:32.5", "8:26:32"] {
            assert_eq!(EventTime::from_wire(day, wrong, zone), Err(TimeError::Hour), "{wrong}");
        }
        for wrong in
            ["", "0100", "+01:00", "+2400", "+0160", "+100", "+01000", "(+0100)", "Z", "é100"]
        {
            assert_eq!(EventTime::from_wire(day, hour, wrong), Err(TimeError::Zone), "{wrong}");
        }
    }

    #[test]
    fn deviant_forms_are_understood_apart() {
        let day = NaiveDate::from_ymd_opt(2014, 11, 14).unwrap();
        assert_eq!(parse_day("14-11-2014"), Some(Form::Deviant(day)));
        assert_eq!(parse_day("2014-11-14"), Some(Form::Deviant(day)));
        let hour = NaiveTime::from_hms_opt(18, 26, 0).unwrap();
        assert_eq!(parse_hour("18:26"), Some(Form::Deviant(hour)));
        let zone = FixedOffset::east_opt(3600).unwrap();
        assert_eq!(parse_zone("+01:00"), Some(Form::Deviant(zone)));
    }

    /// rfc6109 §4.2: time-second goes to 60 by the leap second rules.
    #[test]
    fn a_leap_second_is_kept_and_only_where_it_can_be() {
        let time = EventTime::from_wire("01/01/2017", "00:59:60", "+0100").unwrap();
        assert_eq!(time.hour(), "00:59:60");
        assert_eq!(time.to_string(), "2017-01-01T00:59:60+01:00");
        assert_eq!(time.to_string().parse(), Ok(time));
        let refused = EventTime::from_wire("01/01/2017", "01:59:60", "+0100");
        assert_eq!(refused, Err(TimeError::LeapSecond));
    }

    #[test]
    fn fractions_are_dropped_and_odd_offsets_refused() {
        let text = "2026-01-01T10:00:00.999+01:00";
        assert_eq!(text.parse::<EventTime>().unwrap().hour(), "10:00:00");
        let odd = FixedOffset::east_opt(2996).unwrap(); // local mean time of Rome, 49 min 56 s
        let time = odd.with_ymd_and_hms(1800, 1, 1, 0, 0, 0).unwrap();
        assert_eq!(EventTime::new(time), Err(TimeError::Zone));
        let far = FixedOffset::east_opt(0).unwrap().with_ymd_and_hms(10000, 1, 1, 0, 0, 0).unwrap();
        assert_eq!(EventTime::new(far), Err(TimeError::Year));
        assert_eq!("domani".parse::<EventTime>(), Err(TimeError::Rfc3339));
    }
}
