//! Random programs, and running them to the end.
//!
//! A program is a setup and a list of steps; a step's numbers are taken modulo what there is when it runs, so a program
//! stays runnable when steps are removed. What is not in the program (how the world comes to rest after it) is drawn from
//! the program's own seed.

use crate::body::SimBody;
use crate::check;
use crate::ledger::Place;
use crate::rng::Rng;
use crate::world::{Outcome, Setup, World};
use mesh_node::protocol::{Amount, Limits};

/// One step. The numbers choose among what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A new pair in a node.
    Create(u32),
    /// A message: on which handle, how many handles inside, a number for the rest.
    Send(u32, u8, u32),
    /// Take what there is on a handle.
    Receive(u32),
    /// Close a handle.
    Close(u32),
    /// Join two handles.
    Bridge(u32, u32),
    /// Something happens in the world.
    Happen(u32),
    /// Narrow or widen a handle's window.
    Window(u32, u32),
    /// A node dies.
    Crash(u32, u32),
    /// A wire dies.
    Cut(u32),
    /// A node shuts down in order.
    Shutdown(u32),
    /// A user fails a port.
    Fail(u32, u32),
    /// A user or a shell does something wrong: on which handle, and what.
    Slip(u32, u32),
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it was made from; also draws how the world comes to rest.
    pub seed: u64,
    /// The world.
    pub setup: Setup,
    /// One introduction in so many is refused; none if zero.
    pub refuse: usize,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames delivered.
    pub frames: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Messages sent.
    pub messages: u64,
    /// Of them, received.
    pub delivered: u64,
    /// Handles made.
    pub handles: u64,
    /// Failures seen by users.
    pub failures: u64,
    /// Proxies that stayed at rest.
    pub stuck: u64,
}

impl Stats {
    /// What was done in a world in which this many proxies stayed.
    pub(crate) fn of(world: &World, stuck: u64) -> Self {
        Self {
            frames: world.frames,
            bytes: world.bytes,
            messages: world.ledger.messages.len() as u64,
            delivered: world.ledger.handles.iter().map(|h| h.received).sum(),
            handles: world.ledger.handles.len() as u64,
            failures: world.failures,
            stuck,
        }
    }
}

/// The most happenings after a program before a world counts as never coming to rest.
const REST: usize = 200_000;

impl Program {
    /// The program of a seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let (mut program, faults) = Self::without_steps(seed, &mut rng);
        let most = if rng.one_in(8) { 250 } else { 80 };
        let length = 20 + rng.below(most);
        program.steps = (0..length).map(|_| Self::step(&mut rng, faults)).collect();
        program
    }

    /// A program that does nothing yet, and which faults its steps may have.
    pub(crate) fn without_steps(seed: u64, rng: &mut Rng) -> (Self, usize) {
        let most = if rng.one_in(3) { 7 } else { 3 };
        let nodes = 2 + rng.below(most);
        let inviters = (1..nodes)
            .map(|at| if rng.one_in(2) { 0 } else { rng.below(at) })
            .collect();
        let window = [
            Amount::new(1, 1),
            Amount::new(2, 30),
            Amount::new(4, 200),
            Amount::new(64, 4096),
        ][rng.below(4)];
        let mut limits = Limits {
            window,
            ports: if rng.one_in(16) { 6 } else { 10_000 },
            ..Limits::default()
        };
        if seed % 16 == 5 {
            // Some messages cannot go over links.
            limits.resources = 1;
            limits.message_bytes = SimBody::BYTES + 45;
        }
        let setup = Setup {
            nodes,
            inviters,
            limits,
            introductions: !rng.one_in(12),
            sabotage: None,
        };
        let faults = rng.below(4);
        let refuse = if rng.one_in(6) { 1 + rng.below(3) } else { 0 };
        let steps = Vec::new();
        let program = Self {
            seed,
            setup,
            refuse,
            steps,
        };
        (program, faults)
    }

    /// A step that anything may come of.
    pub(crate) fn step(rng: &mut Rng, faults: usize) -> Step {
        let (a, b) = (rng.next_u64() as u32, rng.next_u64() as u32);
        match rng.below(100) {
            0..=7 => Step::Create(a),
            8..=21 => Step::Send(a, 0, b),
            22..=39 => Step::Send(a, 1 + (b % 2) as u8, b),
            40..=52 => Step::Receive(a),
            53..=56 => Step::Close(a),
            57..=60 => Step::Bridge(a, b),
            61..=62 => Step::Window(a, b),
            63 if faults == 1 => Step::Crash(a, b),
            63 if faults == 2 => Step::Cut(a),
            63 if faults == 3 => Step::Shutdown(a),
            64 if faults == 3 && rng.one_in(3) => Step::Crash(a, b),
            65 if faults == 2 => Step::Fail(a, b),
            66.. if b % 32 == 0 => Step::Slip(a, b >> 5),
            _ => Step::Happen(a),
        }
    }

    /// Runs it to rest and to the end, with every check.
    ///
    /// # Errors
    /// The first broken promise.
    pub fn run(&self) -> Outcome<Stats> {
        self.run_in(&mut World::new(&self.setup)?)
    }

    /// Runs it again, telling every event, and then shows all tables.
    pub fn trace(&self) {
        if let Ok(mut world) = World::new(&self.setup) {
            world.trace = true;
            let outcome = self.run_in(&mut world);
            world.tell(format!("{outcome:?}\n{}", world.show()));
        }
    }

    fn run_in(&self, world: &mut World) -> Outcome<Stats> {
        for step in &self.steps {
            if world.trace {
                world.tell(format!("{step:?}"));
            }
            self.apply(world, *step)?;
        }
        self.finish(world)
    }

    /// Lets the world come to rest, closes everything, and checks both.
    pub(crate) fn finish(&self, world: &mut World) -> Outcome<Stats> {
        let mut rng = Rng::new(self.seed ^ 0x5eed);
        read_all(world, &mut |w| self.rest(w, &mut rng))?;
        let stuck = check::at_rest(world)?;
        for handle in 0..world.ledger.handles.len() {
            world.close(handle)?;
        }
        self.rest(world, &mut rng)?;
        check::at_end(world)?;
        Ok(Stats::of(world, stuck))
    }

    fn refuses(&self, number: u32) -> bool {
        self.refuse != 0 && number as usize % self.refuse == 0
    }

    /// Lets everything happen that can, in an order of its own.
    pub fn rest(&self, world: &mut World, rng: &mut Rng) -> Outcome {
        for _ in 0..REST {
            let all = world.happenings();
            if all.is_empty() {
                return Ok(());
            }
            let pick = all[rng.below(all.len())];
            let refuse = self.refuses((rng.next_u64() >> 32) as u32);
            world.happen(pick, refuse)?;
        }
        Err("the world does not come to rest".into())
    }

    /// Takes one step.
    pub fn apply(&self, world: &mut World, step: Step) -> Outcome {
        match step {
            Step::Create(a) => {
                let living = living(world);
                if let Some(node) = pick(&living, a) {
                    world.create(node);
                }
                Ok(())
            }
            Step::Send(a, count, b) => self.send(world, a, usize::from(count), b),
            Step::Receive(a) => match pick(&held(world), a) {
                Some(handle) => world.receive(handle).map(|_| ()),
                None => Ok(()),
            },
            Step::Close(a) => pick(&held(world), a).map_or(Ok(()), |h| world.close(h)),
            Step::Bridge(a, b) => {
                let held = held(world);
                match (pick(&held, a), pick(&held, b)) {
                    (Some(a), Some(b)) => world.bridge(a, b),
                    _ => Ok(()),
                }
            }
            Step::Happen(a) => {
                let all = world.happenings();
                match pick(&all, a) {
                    Some(what) => world.happen(what, self.refuses(a / 7)),
                    None => Ok(()),
                }
            }
            Step::Window(a, b) => match pick(&held(world), a) {
                Some(handle) => {
                    let most = self.setup.limits.window;
                    let narrow = |part: u32, most: i64| i64::from(part).min(most);
                    let window =
                        Amount::new(narrow(b % 7, most.messages), narrow(b % 300, most.bytes));
                    world.set_window(handle, window)
                }
                None => Ok(()),
            },
            Step::Crash(a, b) => {
                let living = living(world);
                if living.len() < 2 {
                    return Ok(());
                }
                let mut rng = Rng::new(u64::from(b));
                pick(&living, a).map_or(Ok(()), |node| world.crash(node, |n| rng.below(n)))
            }
            Step::Cut(a) => {
                let wires: Vec<usize> = (0..world.wires.len()).collect();
                pick(&wires, a).map_or(Ok(()), |wire| world.cut(wire))
            }
            Step::Fail(a, b) => match pick(&held(world), a) {
                Some(handle) => world.fail(handle, b % 2 == 0),
                None => Ok(()),
            },
            Step::Slip(a, b) => match pick(&held(world), a) {
                Some(handle) => world.slip(handle, b),
                None => Ok(()),
            },
            Step::Shutdown(a) => {
                pick(&living(world), a).map_or(Ok(()), |node| world.shutdown(node))
            }
        }
    }

    fn send(&self, world: &mut World, a: u32, count: usize, b: u32) -> Outcome {
        let held = held(world);
        let Some(handle) = pick(&held, a) else {
            return Ok(());
        };
        let node = |h: usize| match world.ledger.handles[h].place {
            Place::User(node, _) => Some(node),
            _ => None,
        };
        let may: Vec<usize> = held
            .iter()
            .copied()
            .filter(|h| node(*h) == node(handle) && world.ledger.may_enclose(handle, *h))
            .collect();
        let mut inside = Vec::new();
        for at in 0..count as u32 {
            if let Some(h) = pick(&may, (b >> 3).wrapping_add(at.wrapping_mul(7919))) {
                if !inside.contains(&h) {
                    inside.push(h);
                }
            }
        }
        let tokens = (0..(b >> 5) % 3).map(|_| world.token()).collect();
        let flags = ((b >> 8) % 4 != 0, (b >> 10) % 32 == 0, (b >> 22) % 8 == 0);
        world.send(handle, inside, (b >> 16) % 50, tokens, flags)
    }
}

fn pick<T: Copy>(from: &[T], number: u32) -> Option<T> {
    (!from.is_empty()).then(|| from[number as usize % from.len()])
}

fn living(world: &World) -> Vec<usize> {
    (0..world.nodes.len())
        .filter(|n| world.nodes[*n].alive)
        .collect()
}

/// Handles in the hands of users.
pub fn held(world: &World) -> Vec<usize> {
    let handles = world.ledger.handles.iter().enumerate();
    handles
        .filter(|(_, h)| matches!(h.place, Place::User(..)))
        .map(|(at, _)| at)
        .collect()
}

/// Lets the world rest and users receive, in turns, until nothing is left to receive.
pub fn read_all(world: &mut World, rest: &mut dyn FnMut(&mut World) -> Outcome) -> Outcome {
    loop {
        rest(world)?;
        let mut news = false;
        for handle in 0..world.ledger.handles.len() {
            while world.receive(handle)? {
                news = true;
            }
        }
        if !news {
            let again = !world.happenings().is_empty();
            if !again {
                return Ok(());
            }
        }
    }
}
