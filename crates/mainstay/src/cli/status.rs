//! `mainstay status`: a running node on one screen.

use super::admin_client::{ClientError, get};
use super::{Exit, StatusArgs};
use serde_json::Value;
use std::io::Write;

/// Asks the node and prints what it says. Exit 0: it is ready, 1: it is not, 2: it cannot be reached.
#[must_use]
pub fn run(args: &StatusArgs) -> Exit {
    match get(&args.url, "/api/v1/overview") {
        Ok(overview) => {
            let text = if args.json { format!("{overview:#}\n") } else { screen(&overview) };
            // A reader that has gone away does not change the answer.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            if overview["ready"] == true { Exit::Done } else { Exit::No }
        }
        Err(error) => failed(&error),
    }
}

/// Prints why there was no answer.
pub(super) fn failed(error: &ClientError) -> Exit {
    eprintln!("{error}");
    error.exit()
}

fn screen(overview: &Value) -> String {
    let of = |pointer: &str| overview.pointer(pointer).unwrap_or(&Value::Null);
    let text = |pointer: &str| of(pointer).as_str().unwrap_or("?").to_owned();
    let number = |pointer: &str| of(pointer).as_u64().unwrap_or(0);
    let memory = |pointer: &str| size(number(pointer));
    let state = if of("/ready") == true { "ready" } else { "not ready" };
    let mut lines = vec![("node", format!("{}, version {}, {state}", text("/node"), text("/version")))];
    let reasons = of("/reasons").as_array().into_iter().flatten();
    lines.extend(reasons.filter_map(|reason| Some(("because", reason.as_str()?.to_owned()))));
    lines.push(("up", format!("{}, since {}", age(number("/uptime_seconds")), text("/started"))));
    lines.push(("listening", listening(of("/listeners"))));
    lines.push((
        "clients",
        format!(
            "{} of {}, {} blocked, {} refused",
            number("/clients/connected"),
            number("/clients/max"),
            number("/clients/blocked"),
            number("/clients/rejected")
        ),
    ));
    lines.push((
        "requests",
        format!(
            "{}, of them {} client errors and {} errors",
            number("/requests/total"),
            number("/requests/outcomes/client_error"),
            number("/requests/outcomes/error")
        ),
    ));
    lines.push((
        "memory",
        format!("{} in keyspaces, {} resident", memory("/memory/keyspaces_bytes"), memory("/memory/resident_bytes")),
    ));
    lines.push(("log", log(overview)));
    lines.push(("snapshots", snapshots(of("/snapshot"))));
    let mut screen: String = lines.iter().map(|(label, text)| format!("{label:<10} {text}\n")).collect();
    for keyspace in of("/keyspaces").as_array().into_iter().flatten() {
        screen.push_str(&keyspace_line(keyspace));
    }
    screen
}

fn listening(listeners: &Value) -> String {
    let named = listeners.as_object().into_iter().flatten();
    let given = named.filter_map(|(name, address)| Some(format!("{name} {}", address.as_str()?)));
    given.collect::<Vec<_>>().join(", ")
}

fn log(overview: &Value) -> String {
    let wal = &overview["wal"];
    let bytes = |name: &str| size(wal[name].as_u64().unwrap_or(0));
    let trouble = match (wal["poisoned"] == true, wal["no_space"] == true) {
        (true, _) => "; FAILED: writes are refused until a restart",
        (false, true) => "; NO SPACE: writes are refused until there is",
        (false, false) => "",
    };
    let mean_ms = wal["sync_mean_seconds"].as_f64().unwrap_or(0.0) * 1e3;
    format!(
        "{} of {}, {} wait for a sync, a sync takes {mean_ms:.2} ms{trouble}",
        bytes("bytes"),
        bytes("max_bytes"),
        bytes("waiting_bytes")
    )
}

fn snapshots(snapshot: &Value) -> String {
    let failed = if snapshot["last_failed"] == true { "; the last attempt FAILED" } else { "" };
    match snapshot["taken"].as_u64().unwrap_or(0) {
        0 => format!("none since the start{failed}"),
        taken => format!("{taken} since the start, the latest at {}{failed}", snapshot["last"].as_str().unwrap_or("?")),
    }
}

fn keyspace_line(keyspace: &Value) -> String {
    let number = |name: &str| keyspace[name].as_u64().unwrap_or(0);
    format!(
        "keyspace   {}: {} keys, {} of {}, durability {}\n",
        keyspace["name"].as_str().unwrap_or("?"),
        number("keys"),
        size(number("bytes")),
        size(number("max_memory_bytes")),
        keyspace["durability"].as_str().unwrap_or("?")
    )
}

/// Bytes in the largest unit that leaves at least one of it, with one digit behind the point.
fn size(bytes: u64) -> String {
    let (mut amount, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if amount < 1_024.0 {
            break;
        }
        (amount, unit) = (amount / 1_024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{amount:.1} {unit}") }
}

/// A span in its two largest units.
fn age(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spans_are_written_for_people() {
        for (seconds, expected) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (7_260, "2 h 1 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(age(seconds), expected);
        }
    }

    #[test]
    fn sizes_are_written_for_people() {
        for (bytes, expected) in
            [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (u64::MAX, "16777216.0 TiB")]
        {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn the_screen_says_what_is_wrong_and_survives_an_answer_without_anything() {
        let overview = json!({
            "node": "n1", "version": "1", "ready": false, "reasons": ["the log failed"], "uptime_seconds": 61,
            "listeners": { "resp": "127.0.0.1:6379", "unix": null },
            "wal": { "bytes": 1 << 20, "max_bytes": 1 << 30, "poisoned": true, "sync_mean_seconds": 0.0015 },
            "keyspaces": [{ "name": "cart", "keys": 3, "bytes": 2048, "max_memory_bytes": 1 << 20, "durability": "always" }],
        });
        let screen = screen(&overview);
        for line in [
            "node       n1, version 1, not ready",
            "because    the log failed",
            "up         1 min 1 s, since ?",
            "listening  resp 127.0.0.1:6379",
            "log        1.0 MiB of 1.0 GiB, 0 B wait for a sync, a sync takes 1.50 ms; FAILED: writes are refused until a restart",
            "snapshots  none since the start",
            "keyspace   cart: 3 keys, 2.0 KiB of 1.0 MiB, durability always",
        ] {
            assert!(screen.lines().any(|found| found == line), "{line}\n{screen}");
        }
        assert!(super::screen(&json!({})).starts_with("node       ?, version ?, not ready\n"));
    }
}
