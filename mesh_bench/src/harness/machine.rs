//! What the figures were measured on: the header of every report.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::cores;

/// The machine, the compiler and the day.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Name and value of each line of the header.
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl Machine {
    /// Looks around.
    pub(crate) fn detect() -> Self {
        let (first, second) = cores::chosen();
        let mut facts = vec![
            ("date", today()),
            ("processor", processor()),
            ("cores", cores::allowed().len().to_string()),
            ("pinned to", format!("{first} and {second}")),
            ("kernel", line_of("/proc/sys/kernel/osrelease")),
            ("load at start", line_of("/proc/loadavg")),
            ("compiler", env!("MESH_BENCH_RUSTC").to_owned()),
            ("revision", env!("MESH_BENCH_REVISION").to_owned()),
        ];
        if cfg!(debug_assertions) {
            facts.push(("warning", "not a release build".to_owned()));
        }
        if cfg!(feature = "peers") {
            facts.push(("peers", peer_versions()));
        }
        Self { facts }
    }
}

fn line_of(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))
            .and_then(|line| line.split(':').nth(1))
            .map(|value| value.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown".to_owned());
    match (field("cpu family"), field("model")) {
        (Some(family), Some(number)) => format!("{model} (family {family}, model {number})"),
        _ => model,
    }
}

/// The day in UTC, by the usual reckoning of days into the Gregorian calendar.
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(i64::try_from(seconds / 86_400).unwrap_or(0));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that the leap day comes last in its year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The versions of the peers, as the lock file this program was built from has them.
fn peer_versions() -> String {
    const LOCK: &str = include_str!("../../Cargo.lock");
    const PEERS: &[&str] = &[
        "async-channel",
        "buffa",
        "crossbeam-channel",
        "flume",
        "futures",
        "ipc-channel",
        "kanal",
        "micropb",
        "oneshot",
        "prost",
        "quick-protobuf",
        "tokio",
    ];
    let mut lines = LOCK.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let name = line
            .strip_prefix("name = \"")
            .and_then(|rest| rest.strip_suffix('"'));
        let Some(name) = name.filter(|name| PEERS.contains(name)) else {
            continue;
        };
        let version = lines
            .next()
            .and_then(|line| line.strip_prefix("version = \""))
            .and_then(|rest| rest.strip_suffix('"'));
        found.push(format!("{name} {}", version.unwrap_or("?")));
    }
    found.join(", ")
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_since_the_epoch_become_dates_across_leap_years() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(11_017), (2000, 3, 1));
        assert_eq!(civil(20_778), (2026, 11, 21));
    }
}
