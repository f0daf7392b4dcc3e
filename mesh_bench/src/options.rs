//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::harness::run::{Effort, Selection};
use crate::harness::summary::Rank;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
usage: mesh_bench [options] [part of a scenario's name]...
       mesh_bench count [--instructions] [options] [part of a scenario's name]...

Measures mesh beside its peers (which need `--features peers`). Names begin with the group: channels/, codec/ or ipc/.

  --list             print the scenarios and their rows, and stop
  --row PART         only rows whose name contains PART; may be repeated
  --rounds N         samples of each row (default 11)
  --budget MS        milliseconds a sample should take (default 40)
  --quick            5 rounds of 10 ms
  --smoke            one tiny sample, without peers: shows that they run, measures nothing
  --by-least         compare rows by their least cost instead of the median, for a machine that is not idle
  --cores A,B        the cores threads are pinned to
  --markdown         print Markdown instead of text
  --overview FILE    also write a Markdown table with one line for each scenario to FILE
  --json FILE        also write every sample to FILE
  --svg DIR          also write a chart of each scenario into DIR
  count              allocations and bytes of each operation, where one thread does the work
  --instructions     with count: instructions too, by callgrind
";

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Tables for a terminal, as the run goes on.
    Text,
    /// A Markdown table a scenario.
    Markdown,
}

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) struct Options {
    /// Which rows take part.
    pub(crate) selection: Selection,
    /// How much is measured.
    pub(crate) effort: Effort,
    /// How results are printed.
    pub(crate) format: Format,
    /// Print the names and stop.
    pub(crate) list: bool,
    /// Print the usage and stop.
    pub(crate) help: bool,
    /// Count instead of timing.
    pub(crate) count: bool,
    /// Count instructions too.
    pub(crate) instructions: bool,
    /// The cores to pin to.
    pub(crate) cores: Option<(usize, usize)>,
    /// Where the overview goes.
    pub(crate) overview: Option<PathBuf>,
    /// Where JSON goes.
    pub(crate) json: Option<PathBuf>,
    /// Where charts go.
    pub(crate) svg: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// Names the argument that is unknown, or lacks its value, or has one that does not parse.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            selection: Selection::default(),
            effort: Effort {
                rounds: 11,
                budget: Duration::from_millis(40),
                smoke: false,
                rank: Rank::Median,
            },
            format: Format::Text,
            list: false,
            help: false,
            count: false,
            instructions: false,
            cores: None,
            overview: None,
            json: None,
            svg: None,
        };
        let mut arguments = arguments.peekable();
        if arguments.next_if(|first| first == "count").is_some() {
            options.count = true;
        }
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} wants a value"))
            };
            match argument.as_str() {
                "--list" => options.list = true,
                "--help" | "-h" => options.help = true,
                "--row" => options.selection.rows.push(value()?),
                "--rounds" => options.effort.rounds = number::<usize>(&argument, &value()?)?.max(1),
                "--budget" => {
                    options.effort.budget = Duration::from_millis(number(&argument, &value()?)?);
                }
                "--quick" => {
                    options.effort.rounds = 5;
                    options.effort.budget = Duration::from_millis(10);
                }
                "--smoke" => {
                    options.effort.rounds = 1;
                    options.effort.smoke = true;
                }
                "--by-least" => options.effort.rank = Rank::Least,
                "--cores" => options.cores = Some(cores(&value()?)?),
                "--markdown" => options.format = Format::Markdown,
                "--overview" => options.overview = Some(value()?.into()),
                "--json" => options.json = Some(value()?.into()),
                "--svg" => options.svg = Some(value()?.into()),
                "--instructions" => options.instructions = true,
                unknown if unknown.starts_with('-') => {
                    return Err(format!("unknown option {unknown}"));
                }
                _ => options.selection.scenarios.push(argument),
            }
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(option: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{option} wants a number, not {value}"))
}

fn cores(value: &str) -> Result<(usize, usize), String> {
    let (first, second) = value
        .split_once(',')
        .ok_or_else(|| format!("--cores wants two numbers and a comma, not {value}"))?;
    Ok((number("--cores", first)?, number("--cores", second)?))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn words_without_dashes_select_scenarios() {
        let options = parse(&["channels/pair", "--row", "kanal", "codec"]).expect("parses");
        assert_eq!(options.selection.scenarios, ["channels/pair", "codec"]);
        assert_eq!(options.selection.rows, ["kanal"]);
    }

    #[test]
    fn count_is_a_command_only_in_first_place() {
        assert!(parse(&["count", "codec"]).expect("parses").count);
        assert!(!parse(&["codec", "count"]).expect("parses").count);
    }

    #[test]
    fn an_option_without_its_value_is_named() {
        assert_eq!(
            parse(&["--rounds"]).expect_err("wants a value"),
            "--rounds wants a value"
        );
        assert_eq!(
            parse(&["--cores", "1"]).expect_err("wants two"),
            "--cores wants two numbers and a comma, not 1"
        );
    }
}
