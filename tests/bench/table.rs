//! Rows of several rounds as one Markdown table: medians, and ratios taken inside each round.

use std::time::Duration;

use super::measure::Cost;

/// What a run did, as far as it says so or left it behind.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub parsed: Option<u64>,
    pub rendered: Option<u64>,
    pub written: Option<u64>,
    /// Files and bytes of the output.
    pub output: Option<(u64, u64)>,
}

pub struct Ran {
    pub what: String,
    pub cost: Cost,
    pub counts: Counts,
}

impl Ran {
    pub fn new(what: &str, cost: Cost, counts: Counts) -> Self {
        Self { what: what.to_owned(), cost, counts }
    }
}

pub type Round = Vec<Ran>;

/// All rounds have the same rows, in whatever order these were run.
pub fn print(rounds: &[Round], bases: &[&str], order: &[String]) {
    let mut heads: Vec<String> =
        ["What", "Wall", "least to most", "CPU", "Peak memory"].map(str::to_owned).into();
    for base in bases {
        heads.extend([format!("CPU / {base}"), format!("Wall / {base}")]);
    }
    heads.extend(["Parsed", "Rendered", "Written", "Files", "Bytes"].map(str::to_owned));
    println!("| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for what in order {
        let all: Vec<&Ran> = rounds.iter().filter_map(|round| find(round, what)).collect();
        let Some(first) = all.first() else { continue };
        let mut walls: Vec<f64> = all.iter().map(|ran| ms(ran.cost.wall)).collect();
        walls.sort_by(f64::total_cmp);
        let cpu = median(all.iter().filter_map(|ran| ran.cost.cpu.map(ms)).collect());
        let memory = all.iter().map(|ran| ran.cost.memory_kib).max().unwrap_or_default();
        let mut cells = vec![
            what.clone(),
            time(median(walls.clone())),
            format!("{} to {}", time(walls.first().copied()), time(walls.last().copied())),
            time(cpu),
            if memory == 0 { String::new() } else { format!("{} MiB", memory / 1024) },
        ];
        for base in bases {
            cells.extend(ratios(rounds, what, base));
        }
        let Counts { parsed, rendered, written, output } = first.counts;
        let numbers = [parsed, rendered, written, output.map(|(files, _)| files)];
        cells.extend(numbers.map(|n| n.map(|n| n.to_string()).unwrap_or_default()));
        cells.push(output.map(|(_, n)| format!("{:.1} MB", n as f64 / 1e6)).unwrap_or_default());
        println!("| {} |", cells.join(" | "));
    }
}

fn find<'a>(round: &'a Round, what: &str) -> Option<&'a Ran> {
    round.iter().find(|ran| ran.what == what)
}

/// Of CPU and of wall, each the median over rounds.
fn ratios(rounds: &[Round], what: &str, base: &str) -> [String; 2] {
    let of = |pick: fn(&Cost) -> Option<Duration>| {
        let one = |round: &Round| {
            let (mine, its) = (find(round, what)?, find(round, base)?);
            Some(ms(pick(&mine.cost)?) / ms(pick(&its.cost)?).max(0.1))
        };
        let middle = median(rounds.iter().filter_map(one).collect());
        middle.map(|ratio| format!("{ratio:.2}")).unwrap_or_default()
    };
    [of(|cost| cost.cpu), of(|cost| Some(cost.wall))]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    let last = all.len().checked_sub(1)?;
    Some((all[last / 2] + all[last.div_ceil(2)]) / 2.0)
}

fn time(ms: Option<f64>) -> String {
    match ms {
        None => String::new(),
        Some(ms) if ms < 20.0 => format!("{ms:.1} ms"),
        Some(ms) => format!("{ms:.0} ms"),
    }
}
