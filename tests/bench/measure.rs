//! What a command costs: time on the clock, time of all processors, memory at its peak. Linux tells
//! these in `/proc`; elsewhere only the clock is known.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Default)]
pub struct Cost {
    pub wall: Duration,
    pub cpu: Option<Duration>,
    pub memory_kib: u64,
}

pub struct Row {
    pub what: String,
    pub cost: Cost,
    /// Artifacts found, texts parsed, artifacts written.
    pub counts: Option<[u64; 3]>,
}

/// The mean of several runs, and what the last one printed; what it takes to make a command ready
/// is not counted.
pub fn run(mut command: impl FnMut() -> Command, repeats: u32) -> (Cost, String) {
    let before = children();
    let (mut wall, mut memory_kib, mut output) = (Duration::ZERO, 0, String::new());
    for _ in 0..repeats {
        let (took, peak, text) = once(&mut command());
        wall += took;
        memory_kib = memory_kib.max(peak);
        output = text;
    }
    let cpu = children().zip(before).map(|(after, before)| (after - before) / repeats);
    (Cost { wall: wall / repeats, cpu, memory_kib }, output)
}

fn once(command: &mut Command) -> (Duration, u64, String) {
    let begun = Instant::now();
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("text");
        text
    });
    let status = format!("/proc/{}/status", child.id());
    // The peak only grows, so the last look before the end has it but for a few milliseconds.
    let watcher = thread::spawn(move || {
        let mut peak = 0;
        while let Some(now) = peak_kib(&status) {
            peak = peak.max(now);
            thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let ended = child.wait().expect("it can be waited for");
    let wall = begun.elapsed();
    assert!(ended.success(), "{command:?} ended with {ended}");
    (wall, watcher.join().expect("watched"), reader.join().expect("read"))
}

fn peak_kib(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of all children that have ended, and theirs.
fn children() -> Option<Duration> {
    const TICKS_PER_SECOND: u64 = 100;
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses; the times are the 16th and the 17th.
    let mut fields = text.rsplit(')').next()?.split_whitespace().skip(13);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}

pub fn print(title: &str, rows: &[Row]) {
    println!(
        "{title:<18} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7}",
        "wall", "CPU", "memory", "found", "parsed", "written"
    );
    for Row { what, cost: Cost { wall, cpu, memory_kib }, counts } in rows {
        let cpu = cpu.map_or_else(|| "?".to_owned(), |cpu| format!("{} ms", cpu.as_millis()));
        let counts = counts.map_or(["", "", ""].map(str::to_owned), |c| c.map(|n| n.to_string()));
        println!(
            "{what:<18} {:>6} ms {cpu:>9} {:>5} MiB {:>7} {:>7} {:>7}",
            wall.as_millis(),
            memory_kib / 1024,
            counts[0],
            counts[1],
            counts[2],
        );
    }
    println!();
}
