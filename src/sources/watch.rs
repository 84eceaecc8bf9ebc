//! One watched record: what is asked, who is asked, and the door through which everything that is learnt about it goes.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::exchange::Question;
use super::pulse::{Pulse, was_stop};
use super::servers::ServerList;
use crate::clock::{self, Moment};
use crate::facts::{At, Fact, HttpOutcome};
use crate::model::event::Happening;
use crate::model::reading::Reading;
use crate::tally::{Effects, Request, Tally, locked};

/// So many requests of a record may wait for the next moment of the HTTP thread; more are skipped.
const WAITING: usize = 64;

/// Everything that the tasks of one watched record share.
#[derive(Debug)]
pub struct Watch {
    /// What is asked.
    pub question: Question,
    /// Who is asked.
    pub servers: Arc<ServerList>,
    /// Where it is counted.
    pub tally: Tally,
    /// When the first query is due.
    pub started: Moment,
    /// Where sets that were named go besides.
    requests: Option<mpsc::Sender<Request>>,
    /// Somebody waits for fresh look-ups of all alias targets.
    pub look_ups_wanted: Notify,
    pulse: Mutex<Pulse>,
    /// When this process or machine stood still the last time and went on.
    went_on: Mutex<Option<Instant>>,
}

impl Watch {
    /// The queue of requests over HTTP: its end for [`Self::new`], and the one for `http::Requests`.
    pub fn queue() -> (mpsc::Sender<Request>, mpsc::Receiver<Request>) {
        mpsc::channel(WAITING)
    }

    /// Nothing asked yet. `looks_up` says whether alias targets are looked up while it lasts.
    pub fn new(
        question: Question,
        servers: Arc<ServerList>,
        tally: Tally,
        requests: Option<mpsc::Sender<Request>>,
        looks_up: bool,
        started: Moment,
    ) -> Arc<Self> {
        tally.start(started.wall, looks_up);
        Arc::new(Self {
            question,
            servers,
            tally,
            started,
            requests,
            look_ups_wanted: Notify::new(),
            pulse: Mutex::default(),
            went_on: Mutex::default(),
        })
    }

    /// A moment, as facts have it.
    pub fn at(&self, moment: Moment) -> At {
        At {
            uptime: moment.since(self.started),
            wall: moment.wall,
        }
    }

    /// Now, as facts have it.
    pub fn now(&self) -> At {
        self.at(clock::now())
    }

    /// From now on [`Self::feel`] is called every [`BEAT`](super::pulse::BEAT) at least.
    pub(super) fn start_pulse(&self) {
        locked(&self.pulse).start(clock::now());
    }

    /// To be called by whoever wakes up, before anything is made of the time that has passed: finds out whether this process
    /// or machine stood still meanwhile.
    pub fn feel(&self, now: Moment) {
        let mut pulse = locked(&self.pulse);
        if let Some(pause) = pulse.beat(now) {
            *locked(&self.went_on) = Some(now.instant);
            // The lock is held so that nobody else makes anything of that time either.
            self.learn(Fact::StoodStill {
                at: self.at(now),
                since: pause.since.since(self.started),
                length: pause.length,
                stopped: was_stop(pause.since.instant),
            });
        }
    }

    /// Whether this process or machine has stood still since then: nothing that was under way tells anything.
    pub fn stood_still_since(&self, then: Instant) -> bool {
        self.feel(clock::now());
        locked(&self.went_on).is_some_and(|went_on| then <= went_on)
    }

    /// Takes in something that was learnt, and sees to what that asks for.
    pub fn learn(&self, fact: Fact) -> Effects {
        self.see_to(self.tally.take(fact))
    }

    /// Something has happened just now that decides nothing.
    pub fn tell(&self, what: Happening) {
        self.tally.event(clock::wall(), what);
    }

    /// Time has passed: all the numbers at this moment.
    pub fn tick(&self, at: At) -> Reading {
        let (reading, effects) = self.tally.tick(at);
        self.see_to(effects);
        reading
    }

    fn see_to(&self, effects: Effects) -> Effects {
        if effects.look_up {
            self.look_ups_wanted.notify_one();
        }
        for &request in &effects.requests {
            if let Some(requests) = &self.requests
                && requests.try_send(request).is_err()
            {
                self.tally.take(Fact::Requested {
                    at: self.now(),
                    segment: request.segment,
                    set: request.set,
                    outcome: HttpOutcome::Skipped,
                });
            }
        }
        effects
    }
}
