//! What a run found out: samples in, medians and ratios out.

use super::scenario::{Group, Owner, Unit};

/// The samples of one row, as costs in the scenario's unit of cost.
#[derive(Debug, Clone)]
pub(crate) struct RowResult {
    /// The name of the implementation.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// One cost for each round, in the order measured.
    pub(crate) samples: Vec<f64>,
}

impl RowResult {
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// The middle cost; of an even number of samples, the mean of the middle two.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        }
    }

    /// The smallest cost.
    pub(crate) fn least(&self) -> f64 {
        self.samples.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The largest cost.
    pub(crate) fn most(&self) -> f64 {
        self.samples.iter().copied().fold(0.0, f64::max)
    }
}

/// Which cost of a row stands for it when rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The median: the usual choice.
    Median,
    /// The least: for a machine on which others work at the same time.
    Least,
}

/// The results of one scenario.
#[derive(Debug, Clone)]
pub(crate) struct ScenarioResult {
    /// The table it stands in.
    pub(crate) group: Group,
    /// The full name.
    pub(crate) name: String,
    /// What one operation is.
    pub(crate) about: String,
    /// How costs are shown.
    pub(crate) unit: Unit,
    /// What rows are compared by.
    pub(crate) rank: Rank,
    /// The rows in the order registered.
    pub(crate) rows: Vec<RowResult>,
}

impl ScenarioResult {
    /// The cost by which a row is compared.
    pub(crate) fn cost(&self, row: &RowResult) -> f64 {
        match self.rank {
            Rank::Median => row.median(),
            Rank::Least => row.least(),
        }
    }

    /// The peer with the least cost.
    pub(crate) fn best_peer(&self) -> Option<&RowResult> {
        self.rows
            .iter()
            .filter(|row| row.owner == Owner::Peer)
            .min_by(|a, b| self.cost(a).total_cmp(&self.cost(b)))
    }

    /// How many times as fast as the best peer a row is: above one is ahead, whatever the unit.
    pub(crate) fn ratio(&self, row: &RowResult) -> Option<f64> {
        let best = self.cost(self.best_peer()?);
        let own = self.cost(row);
        // Two counted zeros are alike; a zero beside something is as far ahead as it gets.
        if own == 0.0 {
            return Some(if best == 0.0 { 1.0 } else { f64::INFINITY });
        }
        Some(best / own)
    }

    /// The best ratio among mesh's rows: where mesh has several modes, a user takes the one that fits.
    pub(crate) fn ratio_of_mesh(&self) -> Option<f64> {
        self.rows
            .iter()
            .filter(|row| row.owner == Owner::Mesh)
            .filter_map(|row| self.ratio(row))
            .max_by(f64::total_cmp)
    }
}

/// The geometric mean of mesh's ratios over the timed scenarios that have both mesh and a peer, with their number.
pub(crate) fn geometric_mean(results: &[ScenarioResult], group: Group) -> Option<(f64, usize)> {
    let logarithms: Vec<f64> = results
        .iter()
        .filter(|result| result.group == group)
        .filter(|result| !matches!(result.unit, Unit::Bytes | Unit::ProcessorTime))
        .filter_map(ScenarioResult::ratio_of_mesh)
        .map(f64::ln)
        .collect();
    if logarithms.is_empty() {
        return None;
    }
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    Some((mean.exp(), logarithms.len()))
}

#[cfg(test)]
mod tests {
    use super::{Rank, RowResult, ScenarioResult, geometric_mean};
    use crate::harness::scenario::{Group, Owner, Unit};

    fn row(name: &str, owner: Owner, samples: &[f64]) -> RowResult {
        RowResult {
            name: name.into(),
            owner,
            samples: samples.to_vec(),
        }
    }

    fn result(rows: Vec<RowResult>) -> ScenarioResult {
        ScenarioResult {
            group: Group::Channels,
            name: "channels/x".into(),
            about: String::new(),
            unit: Unit::Nanoseconds,
            rank: Rank::Median,
            rows,
        }
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        let row = row("a", Owner::Peer, &[4.0, 1.0, 3.0, 100.0]);
        assert_eq!(row.median(), 3.5);
        assert_eq!(row.least(), 1.0);
        assert_eq!(row.most(), 100.0);
    }

    #[test]
    fn a_floor_is_never_the_best_peer() {
        let result = result(vec![
            row("mesh", Owner::Mesh, &[10.0]),
            row("bare", Owner::Floor, &[1.0]),
            row("peer", Owner::Peer, &[20.0]),
        ]);
        assert_eq!(
            result.best_peer().map(|row| row.name.as_str()),
            Some("peer")
        );
        assert_eq!(result.ratio_of_mesh(), Some(2.0));
    }

    #[test]
    fn the_mean_over_scenarios_is_geometric_and_leaves_out_those_without_a_peer() {
        let ahead = result(vec![
            row("mesh", Owner::Mesh, &[10.0]),
            row("peer", Owner::Peer, &[40.0]),
        ]);
        let behind = result(vec![
            row("mesh", Owner::Mesh, &[40.0]),
            row("peer", Owner::Peer, &[10.0]),
        ]);
        let alone = result(vec![row("mesh", Owner::Mesh, &[1.0])]);
        let (mean, scenarios) =
            geometric_mean(&[ahead, behind, alone], Group::Channels).expect("two have a peer");
        assert!((mean - 1.0).abs() < 1e-9);
        assert_eq!(scenarios, 2);
    }
}
