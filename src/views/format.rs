//! Numbers, shares, durations and times in words: the only place that knows "%" and "ms".
//!
//! It leaves the choice of what is shown, and every word around the number, to its callers.

use std::time::{Duration, SystemTime};

use super::language::say;

/// The last second that RFC 3339 can write: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// A share that is an upper bound is told with so many decimals at most.
const MOST_DECIMALS: usize = 7;

/// A count with separators of thousands: `1,234`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share with one decimal: `72.2%`.
pub fn percent(share: f64) -> String {
    format!(
        "{}%",
        without_negative_zero(format!("{:.1}", share * 100.0))
    )
}

/// A share or probability with as many decimals as it needs, two at most: `99%`, `99.99%`.
pub fn percentage(share: f64) -> String {
    format!("{}%", number(share * 100.0))
}

/// A number with as many decimals as it needs, two at most: `5`, `2.5`, `0.25`.
pub fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share that is an upper bound, with two digits that count, rounded up so that it is still true: `0.1%`, `0.012%`, `7.2%`.
pub fn at_most(share: f64) -> String {
    let percent = share.clamp(0.0, 1.0) * 100.0;
    let mut decimals = 0;
    let mut scale = 1.0;
    while percent * scale < 10.0 && decimals < MOST_DECIMALS {
        scale *= 10.0;
        decimals += 1;
    }
    // What arithmetic leaves behind is not rounded up to a digit more.
    let up = ((percent * scale) - 1e-9).ceil() / scale;
    let text = format!("{up:.decimals$}");
    if decimals == 0 {
        return format!("{text}%");
    }
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A round share without decimals: `5%`.
pub fn whole_percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// A difference of two shares in percentage points, with its sign: `+0.2%`, `-0.2%`, `0.0%`.
pub fn difference(diff: f64) -> String {
    format!("{}%", points(diff))
}

/// The same without the unit: `+0.2`, `-0.2`, `0.0`.
pub fn points(diff: f64) -> String {
    without_negative_zero(format!("{:+.1}", diff * 100.0))
}

/// A number that was rounded to nothing has no sign.
fn without_negative_zero(text: String) -> String {
    match text.as_str() {
        "-0.0" | "+0.0" => "0.0".to_owned(),
        _ => text,
    }
}

/// How long a run has lasted: `02:03`, `1:02:03`.
pub fn uptime(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// A span in at most two units: `12s`, `2m10s`, `1h02m`, `3d04h`; in Korean `12초`, `2분10초`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => say!("{seconds}s", "{seconds}초"),
        60..3_600 => {
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            say!("{minutes}m{seconds:02}s", "{minutes}분{seconds:02}초")
        }
        3_600..86_400 => {
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            say!("{hours}h{minutes:02}m", "{hours}시간{minutes:02}분")
        }
        _ => {
            let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
            say!("{days}d{hours:02}h", "{days}일{hours:02}시간")
        }
    }
}

/// A span in whole seconds, rounded up, and at least one: `1s`, `2m10s`.
pub fn whole_span(duration: Duration) -> String {
    let more = u64::from(duration.subsec_nanos() > 0);
    span(Duration::from_secs((duration.as_secs() + more).max(1)))
}

/// A time to live, in seconds as zone files have it: `300s`.
pub fn ttl(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

/// How long something took: `3.2ms`, `45ms`, `1.20s`, `12.3s`.
pub fn latency(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    // Each limit lies where the rounded text would get one digit more.
    if milliseconds < 9.95 {
        format!("{milliseconds:.1}ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0}ms")
    } else if milliseconds < 9_995.0 {
        format!("{:.2}s", milliseconds / 1000.0)
    } else {
        format!("{:.1}s", milliseconds / 1000.0)
    }
}

/// Something a second: `10.1`.
pub fn rate(per_second: f64) -> String {
    without_negative_zero(format!("{per_second:.1}"))
}

/// A number of something, rounded to a whole one: `36,000`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and what is counted is not negative"
)]
pub fn whole(number: f64) -> String {
    count(number.round() as u64)
}

/// A sum of money that may be far below a cent: `0.0144`, `0.14`.
pub fn dollars(dollars: f64) -> String {
    if dollars < 0.1 {
        format!("{dollars:.4}")
    } else {
        cents(dollars)
    }
}

/// A sum of money to the cent: `0.40`.
pub fn cents(dollars: f64) -> String {
    format!("{dollars:.2}")
}

/// The time of day in UTC: `12:34:56`.
pub fn clock(at: SystemTime) -> String {
    rfc3339(at)[11..19].to_owned()
}

/// Date and time in UTC, to the second: `2026-11-21T12:34:56Z`.
pub fn rfc3339(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(writable(at)).to_string()
}

/// Date and time in UTC, to the millisecond: `2026-11-21T12:34:56.789Z`.
pub fn rfc3339_millis(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(writable(at)).to_string()
}

/// A machine's clock may stand anywhere, but the format has a first and a last year.
fn writable(at: SystemTime) -> SystemTime {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_SECOND);
    at.clamp(SystemTime::UNIX_EPOCH, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_upper_bound_is_never_told_smaller_than_it_is() {
        let told = [
            0.000_999_967,
            0.1e-2,
            0.009_168_055,
            0.072,
            0.5,
            0.954,
            1.0,
            0.000_000_12,
        ];
        assert_eq!(
            told.map(at_most),
            [
                "0.1%",
                "0.1%",
                "0.92%",
                "7.2%",
                "50%",
                "96%",
                "100%",
                "0.000012%"
            ]
        );
    }

    #[test]
    fn counts_have_separators() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_234, "1,234"),
            (100_000, "100,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ];
        for (number, text) in cases {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn shares_have_one_decimal() {
        assert_eq!(percent(891.0 / 1234.0), "72.2%");
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!(percent(-0.0), "0.0%");
        assert_eq!(percent(1.0), "100.0%");
    }

    #[test]
    fn decimals_that_say_nothing_are_left_out() {
        assert_eq!(percentage(0.99), "99%");
        assert_eq!(percentage(0.9999), "99.99%");
        assert_eq!(number(2.5), "2.5");
        assert_eq!(number(50.0), "50");
        assert_eq!(number(0.01), "0.01");
    }

    #[test]
    fn money_is_shown_to_the_cent_or_finer() {
        assert_eq!(dollars(0.0144), "0.0144");
        assert_eq!(dollars(0.144), "0.14");
        assert_eq!(whole(35_999.6), "36,000");
    }

    #[test]
    fn differences_have_a_sign_unless_they_are_nothing() {
        assert_eq!(difference(0.002), "+0.2%");
        assert_eq!(difference(-0.002), "-0.2%");
        assert_eq!(difference(-0.0004), "0.0%");
        assert_eq!(difference(0.0004), "0.0%");
        assert_eq!(points(-0.1234), "-12.3");
    }

    #[test]
    fn durations_are_short() {
        let seconds = Duration::from_secs;
        assert_eq!(uptime(seconds(123)), "02:03");
        assert_eq!(uptime(seconds(3723)), "1:02:03");
        assert_eq!(span(seconds(12)), "12s");
        assert_eq!(span(seconds(130)), "2m10s");
        assert_eq!(span(seconds(3_725)), "1h02m");
        assert_eq!(span(seconds(273_600)), "3d04h");
        assert_eq!(whole_span(Duration::from_millis(200)), "1s");
        assert_eq!(whole_span(seconds(31)), "31s");
        assert_eq!(whole_span(Duration::from_millis(31_200)), "32s");
    }

    #[test]
    fn latencies_have_three_digits_or_less() {
        let cases = [
            (400, "0.4ms"),
            (3_200, "3.2ms"),
            (9_940, "9.9ms"),
            (9_960, "10ms"),
            (45_000, "45ms"),
            (999_600, "1.00s"),
            (1_200_000, "1.20s"),
            (9_996_000, "10.0s"),
            (12_340_000, "12.3s"),
        ];
        for (microseconds, text) in cases {
            assert_eq!(latency(Duration::from_micros(microseconds)), text);
        }
    }

    #[test]
    fn times_are_utc() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_264_496_789);
        assert_eq!(clock(at), "12:34:56");
        assert_eq!(rfc3339(at), "2026-11-21T12:34:56Z");
        assert_eq!(rfc3339_millis(at), "2026-11-21T12:34:56.789Z");
    }

    #[test]
    fn a_clock_that_is_far_off_is_no_reason_to_fail() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(clock(before), "00:00:00");
        let after = SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_SECOND * 4);
        assert_eq!(rfc3339(after), "9999-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn a_count_reads_back(number in any::<u64>()) {
            prop_assert_eq!(count(number).replace(',', "").parse(), Ok(number));
        }

        #[test]
        fn a_latency_is_never_wide(milliseconds in 0u64..999_000) {
            prop_assert!(latency(Duration::from_millis(milliseconds)).len() <= 6);
        }
    }
}
