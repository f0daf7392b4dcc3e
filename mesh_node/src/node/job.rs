//! What the runner of a node does next: the core's effects, made ready under the lock.
//!
//! What an effect needs from the tables (the link of a frame, the end that a port serves) is looked up while the lock is held
//! anyway, and a frame is written then, which is pure. What runs code of others is left to the runner.

use super::body::{Beside, Body};
use super::port::Target;
use super::shared::{Line, State};
use crate::link::{Frame, Link};
use crate::port::End;
use crate::protocol::{Effect, Event, LinkId, PortId, frame};
use crate::spare;
use std::sync::Arc;

/// Work for the runner.
pub(super) enum Task {
    /// Hand over what has arrived at a port.
    Deliver(PortId),
    /// A transport has started.
    Started(LinkId, Arc<dyn Link>),
}

/// What the runner does next.
pub(super) enum Job {
    /// Send a frame; without a link it is dropped.
    Send(LinkId, Option<Arc<dyn Link>>, Frame<'static>),
    /// Hand over what has arrived at a port, to this end.
    Deliver(PortId, Arc<End>),
    /// Join the port to the one it is spliced to, if it can be.
    Splice(PortId),
    Started(LinkId, Arc<dyn Link>),
    Rare(Box<Effect<Body, Beside>>),
}

impl State {
    #[inline]
    pub(super) fn next_job(&mut self) -> Option<Job> {
        if self.core.has_effects() || !self.tasks.is_empty() {
            self.find_job()
        } else {
            None
        }
    }

    fn find_job(&mut self) -> Option<Job> {
        while let Some(effect) = self.core.poll_effect() {
            let job = match effect {
                Effect::Transmit(id, event) => self.transmit(id, event),
                Effect::Readable(port) => self.hand_over(port),
                Effect::Writable(_) | Effect::LinkUp(_) => None,
                rare => Some(Job::Rare(Box::new(rare))),
            };
            if job.is_some() {
                return job;
            }
        }
        while let Some(task) = self.tasks.pop_front() {
            let job = match task {
                Task::Deliver(port) => self.hand_over(port),
                Task::Started(id, link) => Some(Job::Started(id, link)),
            };
            if job.is_some() {
                return job;
            }
        }
        None
    }

    /// What is to be done for a port at which there may be something; nothing if there is no record of it.
    fn hand_over(&self, port: PortId) -> Option<Job> {
        match &self.held.get(&port)?.target {
            Target::End(end) => Some(Job::Deliver(port, end.clone())),
            Target::Splice(_) => Some(Job::Splice(port)),
        }
    }

    /// The frame of an event. None if it waits for its link to start.
    fn transmit(&mut self, id: LinkId, event: Event<Body, Beside>) -> Option<Job> {
        // Room for a small message, so that it does not grow step by step.
        let (mut bytes, mut beside) = (spare::small(128), Vec::new());
        frame::encode(event, &mut bytes, &mut beside);
        let mut frame = Frame::new(bytes);
        for beside in beside {
            match beside {
                Beside::Here(attachment) => frame.attachments.push(attachment),
                Beside::Tail(tail) => frame.tail = tail,
                // Nobody sends on what did not arrive.
                Beside::Missing => {}
            }
        }
        match self.links.get_mut(&id) {
            Some(Line {
                link: Some(link), ..
            }) => Some(Job::Send(id, Some(link.clone()), frame)),
            Some(line) => {
                line.early.push(frame);
                None
            }
            None => Some(Job::Send(id, None, frame)),
        }
    }
}
