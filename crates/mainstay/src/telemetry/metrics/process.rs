//! What the system says about the process and the machine. A source that is absent leaves its family out.

use super::exposition::{Kind, Page};
use std::fs;

/// Clock ticks a second in `/proc`: a constant of Linux' interface, whatever the kernel's own rate is.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU, memory, files and pressure.
pub(super) fn families(page: &mut Page) {
    let read = |path: &str| fs::read_to_string(path).ok();
    if let Some(seconds) = read("/proc/self/stat").as_deref().and_then(cpu_seconds) {
        page.counter("mainstay_process_cpu_seconds", "CPU time of the process.", seconds);
    }
    if let Some(bytes) = resident_bytes() {
        page.gauge("mainstay_process_resident_memory_bytes", "Memory of the process that is in RAM.", bytes);
    }
    if let Some(bytes) = read("/proc/meminfo").as_deref().and_then(|text| kilobytes(text, "MemTotal:")) {
        page.gauge("mainstay_machine_memory_bytes", "RAM of the machine.", bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.gauge("mainstay_process_open_fds", "Open file descriptors.", open.count());
    }
    if let Some(limit) = read("/proc/self/limits").as_deref().and_then(files_limit) {
        page.gauge("mainstay_process_max_fds", "File descriptors that may be open.", limit);
    }
    pressure(page);
}

/// Memory of the process that is in RAM.
pub(crate) fn resident_bytes() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

fn pressure(page: &mut Page) {
    let stalled = ["cpu", "memory", "io"].map(|resource| {
        let text = fs::read_to_string(format!("/proc/pressure/{resource}")).ok();
        (resource, text.as_deref().and_then(stalled_seconds))
    });
    if stalled.iter().all(|(_, seconds)| seconds.is_none()) {
        return;
    }
    let help = "Time in which some task of the machine waited for the resource.";
    let mut family = page.family(Kind::Counter, "mainstay_pressure_stalled_seconds", help);
    for (resource, seconds) in stalled {
        if let Some(seconds) = seconds {
            family.put(&[("resource", resource)], seconds);
        }
    }
}

/// User and system time of `/proc/self/stat`. The process' name, in parentheses, may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks = |field: Option<&str>| field?.parse::<u64>().ok();
    Some((ticks(fields.next())? + ticks(fields.next())?) as f64 / TICKS_PER_SECOND)
}

/// The bytes of a line `NAME 123 kB`.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?;
    number.checked_mul(1_024)
}

/// The soft limit of open files in `/proc/self/limits`; `None` also where there is none.
fn files_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// `some … total=<microseconds>` of `/proc/pressure/*`.
fn stalled_seconds(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    let total = line.rsplit_once("total=")?.1.trim().parse::<u64>().ok()?;
    Some(total as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_as_the_kernel_writes_it() {
        let stat = "7 (a) b) 1) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(kilobytes("VmHWM:\t9 kB\nVmRSS:\t    12 kB\n", "VmRSS:"), Some(12_288));
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";
        assert_eq!(files_limit(limits), Some(1_024));
        assert_eq!(stalled_seconds("some avg10=0.00 avg60=0.00 total=1500000\nfull avg10=0.00 total=1\n"), Some(1.5));
    }

    #[test]
    fn nonsense_is_left_out() {
        for text in ["", ")", "7 (x) S 1", "VmRSS: many kB", "Max open files unlimited unlimited", "some total=x"] {
            assert_eq!(cpu_seconds(text), None, "{text}");
            assert_eq!(kilobytes(text, "VmRSS:"), None, "{text}");
            assert_eq!(files_limit(text), None, "{text}");
            assert_eq!(stalled_seconds(text), None, "{text}");
        }
    }
}
