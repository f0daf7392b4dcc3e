//! Scenarios and their rows.
//!
//! A scenario is one question ("send and receive a `u64` in one thread"); its rows are the implementations that answer
//! it. A row is started only when it is selected, and is asked again and again for the time a number of operations takes.
//! Setting up belongs outside the time a row reports; what a user pays for every operation belongs inside.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The table a scenario belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Channels within one process.
    Channels,
    /// The protobuf codec.
    Codec,
    /// Messages between two processes.
    Ipc,
}

impl Group {
    /// The word used on the command line and at the head of each scenario's name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Channels => "channels",
            Self::Codec => "codec",
            Self::Ipc => "ipc",
        }
    }
}

/// How a row's cost is shown. Costs are kept in nanoseconds for each operation, or in the counted unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    /// Time for one operation; less is better.
    Nanoseconds,
    /// Operations in a second, in millions; more is better.
    MillionsPerSecond,
    /// Bytes moved in a second, in units of 10^9; more is better.
    GigabytesPerSecond {
        /// What one operation moves.
        bytes_per_operation: u64,
    },
    /// A number of bytes; less is better.
    Bytes,
    /// Microseconds of processor time in a second of wall time; less is better.
    ProcessorTime,
}

impl Unit {
    /// Turns a cost into the figure that is shown.
    pub(crate) fn figure(self, cost: f64) -> f64 {
        match self {
            Self::Nanoseconds | Self::Bytes | Self::ProcessorTime => cost,
            Self::MillionsPerSecond => 1_000.0 / cost,
            Self::GigabytesPerSecond {
                bytes_per_operation,
            } => bytes_per_operation as f64 / cost,
        }
    }

    /// The unit as it is written after a figure.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::MillionsPerSecond => "M/s",
            Self::GigabytesPerSecond { .. } => "GB/s",
            Self::Bytes => "bytes",
            Self::ProcessorTime => "µs/s",
        }
    }

    /// Whether the figure grows as the cost falls.
    pub(crate) fn more_is_better(self) -> bool {
        matches!(
            self,
            Self::MillionsPerSecond | Self::GigabytesPerSecond { .. }
        )
    }
}

/// Whose row it is, which decides what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// mesh: compared with the best peer.
    Mesh,
    /// Another library, or another of its modes: a candidate for the best peer.
    #[cfg_attr(not(feature = "peers"), allow(dead_code))]
    Peer,
    /// The bare mechanism without a library: shown, and no peer.
    Floor,
}

impl Owner {
    /// The word used in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Peer => "peer",
            Self::Floor => "floor",
        }
    }
}

/// A started row, ready to be measured.
pub(crate) enum Probe {
    /// Performs as many operations as asked, and returns the time they took.
    Timed(Box<dyn FnMut(u64) -> Duration>),
    /// Returns a quantity that does not vary with the number of operations.
    Counted(Box<dyn FnMut() -> f64>),
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timed(_) => "Timed",
            Self::Counted(_) => "Counted",
        })
    }
}

/// One implementation in a scenario.
pub(crate) struct Row {
    /// The name of the implementation.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: Owner,
    start: Box<dyn Fn() -> Probe>,
}

impl Row {
    /// Starts the row: threads, processes and channels it needs come into being here.
    pub(crate) fn start(&self) -> Probe {
        (self.start)()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("name", &self.name)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// One question, with the rows that answer it.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// The table it stands in.
    pub(crate) group: Group,
    /// Its name without the group, words joined by dashes and parts by slashes.
    pub(crate) name: String,
    /// One line that says what an operation is.
    pub(crate) about: String,
    /// How results are shown.
    pub(crate) unit: Unit,
    /// The most operations one sample may take, where memory bounds it.
    pub(crate) most_operations: u64,
    /// Whether allocations and instructions of one operation can be counted: true where one thread does all the work.
    pub(crate) countable: bool,
    /// The implementations, mesh first by custom.
    pub(crate) rows: Vec<Row>,
}

impl Scenario {
    /// A scenario without rows, whose samples may be of any size and cannot be counted.
    pub(crate) fn new(
        group: Group,
        name: impl Into<String>,
        about: impl Into<String>,
        unit: Unit,
    ) -> Self {
        Self {
            group,
            name: name.into(),
            about: about.into(),
            unit,
            most_operations: u64::MAX,
            countable: false,
            rows: Vec::new(),
        }
    }

    /// Bounds the operations of one sample.
    pub(crate) fn at_most(mut self, operations: u64) -> Self {
        self.most_operations = operations;
        self
    }

    /// Declares that one thread does all the work, so that allocations and instructions can be counted.
    pub(crate) fn countable(mut self) -> Self {
        self.countable = true;
        self
    }

    /// Adds a row that is timed. `start` makes the function that is then asked for samples.
    pub(crate) fn timed<F>(
        &mut self,
        name: impl Into<String>,
        owner: Owner,
        start: impl Fn() -> F + 'static,
    ) where
        F: FnMut(u64) -> Duration + 'static,
    {
        self.rows.push(Row {
            name: name.into(),
            owner,
            start: Box::new(move || Probe::Timed(Box::new(start()))),
        });
    }

    /// Adds a row that counts something.
    pub(crate) fn counted(
        &mut self,
        name: impl Into<String>,
        owner: Owner,
        count: impl Fn() -> f64 + Clone + 'static,
    ) {
        self.rows.push(Row {
            name: name.into(),
            owner,
            start: Box::new(move || Probe::Counted(Box::new(count.clone()))),
        });
    }

    /// The group and the name, as used by filters and in reports.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.group.word(), self.name)
    }
}

/// Performs an operation a number of times, and returns what that took. The result of each is held from the optimiser.
pub(crate) fn time<R>(operations: u64, mut operation: impl FnMut() -> R) -> Duration {
    let start = Instant::now();
    for _ in 0..operations {
        black_box(operation());
    }
    start.elapsed()
}
