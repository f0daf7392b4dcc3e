//! A run whose every choice is made by bytes, so that a fuzzer can look for the ones that break a promise.
//!
//! The bytes choose the world first, and then, one after the other, what happens in it: a step of an honest program, or in worlds
//! with a malicious node, a frame that it forges. When they are used up the world comes to rest, in an order of its own, and
//! everything that holds of other runs must hold of this one. Any bytes are a run.

use crate::hostile;
use crate::program::{Program, Stats};
use crate::rng::Rng;
use crate::world::{Outcome, World};

/// Runs what these bytes say.
///
/// # Errors
/// The first broken promise.
pub fn run(bytes: &[u8]) -> Outcome<Stats> {
    let script = Script::new(bytes);
    let mut world = World::new(&script.program.setup)?;
    script.run(&mut world)
}

/// Runs it again, telling every event.
pub fn trace(bytes: &[u8]) {
    let script = Script::new(bytes);
    if let Ok(mut world) = World::new(&script.program.setup) {
        world.trace = true;
        let outcome = script.run(&mut world);
        world.tell(format!("{outcome:?}\n{}", world.show()));
    }
}

struct Script {
    rng: Rng,
    program: Program,
    faults: usize,
    hostile: bool,
}

impl Script {
    fn new(bytes: &[u8]) -> Self {
        let mut rng = Rng::from_bytes(bytes);
        let hostile = rng.below(2) == 1;
        let seed = rng.next_u64();
        let (mut program, faults) = Program::without_steps(seed, &mut rng);
        if hostile {
            hostile::narrow(&mut program.setup.limits);
        }
        Self {
            rng,
            program,
            faults,
            hostile,
        }
    }

    fn run(mut self, world: &mut World) -> Outcome<Stats> {
        let mut turned = None;
        while !self.rng.is_spent() {
            if self.hostile && self.rng.below(4) == 0 {
                turned = Some(self.attack(world, turned)?);
            } else {
                let step = Program::step(&mut self.rng, self.faults);
                if world.trace {
                    world.tell(format!("{step:?}"));
                }
                self.program.apply(world, step)?;
            }
        }
        match turned {
            Some(node) => {
                let mut rng = Rng::new(self.program.seed ^ 0xbad);
                hostile::part(&self.program, world, node, &mut rng)
            }
            None => self.program.finish(world),
        }
    }

    /// A node turns, and from then on forges.
    fn attack(&mut self, world: &mut World, turned: Option<usize>) -> Outcome<usize> {
        let Some(node) = turned else {
            let node = 1 + self.rng.below(self.program.setup.nodes - 1);
            let plays = self.rng.below(2) == 1;
            world.turn(node, plays)?;
            return Ok(node);
        };
        hostile::shoot(world, node, &mut self.rng)?;
        hostile::check_bounds(world)?;
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::rng::Rng;

    fn bytes(seed: u64, first: u8) -> Vec<u8> {
        let mut rng = Rng::new(seed);
        let length = rng.below(2000);
        let rest = (0..length).map(|_| rng.below(256) as u8);
        std::iter::once(first).chain(rest).collect()
    }

    #[test]
    fn any_bytes_are_a_run_that_keeps_the_promises() {
        for seed in 0..200 {
            for first in [0, 1] {
                let outcome = run(&bytes(seed, first));
                assert!(outcome.is_ok(), "seed {seed} first {first}: {outcome:?}");
            }
        }
        assert!(run(&[]).is_ok());
    }

    #[test]
    fn the_same_bytes_are_the_same_run_and_others_another() {
        let (one, other) = (bytes(1, 0), bytes(2, 0));
        assert_eq!(run(&one), run(&one));
        assert_ne!(run(&one), run(&other));
    }
}
