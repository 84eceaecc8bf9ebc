//! Tells others what happens: a program is run for each event, or each is posted to a URL. Nothing here makes the run wait.
//! What waits is bounded, and what finds no room or fails is counted, for the views, and written to the log.
//!
//! At the end of a run things go on in order for a moment. Then the last event is told before all others, and whatever is
//! still under way is ended, so that the process ends in time and nobody who waits for the outcome misses it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::stream::{News, Reader, Sink};
use crate::app::threads::spawn_task;
use crate::config::NotifySettings;
use crate::error::Failure;
use crate::model::event::{END, Happening};
use crate::model::notice::{Notice, Way};
use crate::model::text::visible;
use crate::tally::locked;
use crate::views::notification::Notification;

/// A program that is run for each event.
mod program;
/// A URL that each event is posted to.
mod webhook;

use webhook::{Trouble, Webhook};

/// So many wait on each way.
const WAITING: usize = 100;
/// So many programs run at once.
const PROGRAMS: usize = 4;
/// So long after the end of the run things go on in order.
const IN_ORDER: Duration = Duration::from_secs(1);
/// So long the last event has then.
const FOR_THE_LAST: Duration = Duration::from_millis(900);
/// So often somebody says that this goes on.
const SIGN_OF_LIFE: Duration = Duration::from_millis(300);
/// What is said of what the end of the run has ended.
const CUT_SHORT: &str = "the run ended before it was done";

/// The sink.
pub(in crate::app) struct Notify {
    pub settings: NotifySettings,
    pub undelivered: Arc<Undelivered>,
    /// Where to say that the end is still being told.
    pub sign: SyncSender<()>,
}

/// What was not delivered, by the way.
#[derive(Debug, Default)]
pub(in crate::app) struct Undelivered(Mutex<[Count; Way::ALL.len()]>);

#[derive(Clone, Debug, Default)]
struct Count {
    failed: u64,
    surplus: u64,
    why: String,
}

impl Undelivered {
    /// What has to be known of it.
    pub fn notices(&self) -> Vec<Notice> {
        let counts = locked(&self.0);
        let counts = Way::ALL.into_iter().zip(counts.iter());
        let troubled = counts.filter(|(_, count)| count.failed + count.surplus > 0);
        let notice = |(way, count): (Way, &Count)| Notice::Untold {
            way,
            failed: count.failed,
            surplus: count.surplus,
            why: count.why.clone(),
        };
        troubled.map(notice).collect()
    }

    fn failed(&self, way: Way, what: &str, why: String) {
        tracing::warn!("{}: {what} not delivered: {}", way.as_str(), visible(&why));
        let count = &mut locked(&self.0)[way as usize];
        count.failed += 1;
        count.why = why;
    }

    fn surplus(&self, way: Way, events: u64, why: &str) {
        tracing::warn!("{}: {events} not delivered: {why}", way.as_str());
        let count = &mut locked(&self.0)[way as usize];
        count.surplus += events;
        why.clone_into(&mut count.why);
    }
}

/// Where notifications wait on one way.
struct Outlet {
    way: Way,
    queue: Sender<Arc<Notification>>,
}

impl Outlet {
    /// Hands one on, unless too many wait. The last place is the end's.
    fn put(&self, notification: Arc<Notification>, undelivered: &Undelivered) {
        let is_end = notification.kind == END;
        let has_room = is_end || self.queue.capacity() > 1;
        // Whoever should take it may have panicked, which the hook has said.
        if !has_room || self.queue.try_send(notification).is_err() {
            undelivered.surplus(self.way, 1, "too many were waiting");
        }
    }
}

impl Sink for Notify {
    fn name(&self) -> &'static str {
        "notify"
    }

    fn run(self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        let ended = CancellationToken::new();
        let (outlets, over) = self.start(&ended)?;
        for news in reader {
            self.tell(&news, &outlets);
        }
        let ways: Vec<Way> = outlets.into_iter().map(|outlet| outlet.way).collect();
        ended.cancel();
        let mut waited = Duration::ZERO;
        while over.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
            waited += SIGN_OF_LIFE;
            if waited > IN_ORDER + FOR_THE_LAST {
                // The system keeps a call for itself.
                let late = |way| self.undelivered.failed(way, END, CUT_SHORT.to_owned());
                ways.into_iter().for_each(late);
                break;
            }
            // One sign that waits is as good as many.
            let _ = self.sign.try_send(());
        }
        Ok(())
    }
}

impl Notify {
    /// Starts whatever delivers, on a thread of its own that ends what the second part listens to.
    fn start(
        &self,
        ended: &CancellationToken,
    ) -> Result<(Vec<Outlet>, mpsc::Receiver<()>), Failure> {
        let mut outlets = Vec::new();
        let mut open = |way| {
            let (queue, taken) = channel(WAITING + 1);
            outlets.push(Outlet { way, queue });
            Delivering {
                way,
                trouble: Arc::default(),
                queue: taken,
                ended: ended.clone(),
                undelivered: Arc::clone(&self.undelivered),
            }
        };
        let program = self.settings.program.clone();
        let program = program.map(|path| (path, open(Way::Program)));
        let headers = || self.settings.webhook_headers.clone();
        let webhook = self.settings.webhook.clone();
        let webhook = webhook.map(|url| {
            let delivering = open(Way::Webhook);
            let trouble = Arc::clone(&delivering.trouble);
            (
                Arc::new(Webhook::new(url.0, headers(), trouble)),
                delivering,
            )
        });
        let (alive, over) = mpsc::channel::<()>();
        spawn_task("deliver", async move {
            let programs = async {
                if let Some((path, delivering)) = program {
                    let run = |told| program::run(PathBuf::clone(&path), program::LIMIT, told);
                    delivering.run(PROGRAMS, run).await;
                }
            };
            let posts = async {
                if let Some((webhook, delivering)) = webhook {
                    let post = |told| Arc::clone(&webhook).post(told);
                    delivering.run(1, post).await;
                }
            };
            tokio::join!(programs, posts);
            drop(alive);
        })?;
        Ok((outlets, over))
    }

    /// Hands on what is asked for. That something could not be told is not told on the same way.
    fn tell(&self, news: &News, outlets: &[Outlet]) {
        if news.lost > 0 {
            let why = "they came faster than they could be told";
            let lost = |outlet: &Outlet| self.undelivered.surplus(outlet.way, news.lost, why);
            outlets.iter().for_each(lost);
        }
        let is_told = |kind: &'static str| self.settings.kinds.contains(&kind);
        let put = |notification: Notification| {
            let notification = Arc::new(notification);
            for outlet in outlets {
                outlet.put(Arc::clone(&notification), &self.undelivered);
            }
        };
        for event in &news.events {
            let is_own = matches!(event.what, Happening::Noticed(Notice::Untold { .. }));
            if !is_own && is_told(event.kind().as_str()) {
                put(Notification::of_event(event, &news.snapshot));
            }
        }
        if let Some(ending) = news.ended.filter(|_| is_told(END)) {
            let code = ending.code as u8;
            put(Notification::of_end(&news.snapshot, ending.by, code));
        }
    }
}

/// What delivers on one way.
struct Delivering {
    way: Way,
    trouble: Trouble,
    queue: Receiver<Arc<Notification>>,
    ended: CancellationToken,
    undelivered: Arc<Undelivered>,
}

/// Deliveries under way, the oldest first.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<(&'static str, Result<(), String>)>,
    handles: VecDeque<AbortHandle>,
}

type Delivered = Result<(&'static str, Result<(), String>), JoinError>;

impl UnderWay {
    fn start<Sending>(&mut self, kind: &'static str, sending: Sending)
    where
        Sending: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.handles.retain(|handle| !handle.is_finished());
        let handle = self.tasks.spawn(async move { (kind, sending.await) });
        self.handles.push_back(handle);
    }

    fn end_the_oldest(&mut self) {
        let oldest = self.handles.iter().find(|handle| !handle.is_finished());
        oldest.inspect(|handle| handle.abort());
    }
}

impl Delivering {
    /// Delivers until there is nothing left, or the run has ended and the time for it is up.
    async fn run<Sending>(mut self, at_once: usize, send: impl Fn(Arc<Notification>) -> Sending)
    where
        Sending: Future<Output = Result<(), String>> + Send + 'static,
    {
        let mut under_way = UnderWay::default();
        let mut is_open = true;
        let ended = self.ended.clone();
        let in_order = async {
            ended.cancelled().await;
            sleep(IN_ORDER).await;
        };
        tokio::pin!(in_order);
        while is_open || !under_way.tasks.is_empty() {
            let has_room = under_way.tasks.len() < at_once;
            tokio::select! {
                () = &mut in_order => break,
                Some(one) = under_way.tasks.join_next() => self.record(one),
                next = self.queue.recv(), if is_open && has_room => match next {
                    Some(next) => under_way.start(next.kind, send(next)),
                    None => is_open = false,
                },
            }
        }
        let mut left = Vec::new();
        while let Ok(next) = self.queue.try_recv() {
            left.push(next);
        }
        let last = left.pop_if(|last| last.kind == END);
        if !left.is_empty() {
            self.undelivered
                .surplus(self.way, left.len() as u64, &self.cut_short());
        }
        if let Some(last) = last {
            if under_way.tasks.len() >= at_once {
                under_way.end_the_oldest();
                if let Some(one) = under_way.tasks.join_next().await {
                    self.record(one);
                }
            }
            under_way.start(last.kind, send(last));
        }
        let rest = async {
            while let Some(one) = under_way.tasks.join_next().await {
                self.record(one);
            }
        };
        if timeout(FOR_THE_LAST, rest).await.is_err() {
            under_way.tasks.abort_all();
            while let Some(one) = under_way.tasks.join_next().await {
                self.record(one);
            }
        }
    }

    fn record(&self, delivered: Delivered) {
        match delivered {
            Ok((_, Ok(()))) => {}
            Ok((kind, Err(why))) => self.undelivered.failed(self.way, kind, why),
            // Or it panicked, which the hook has said.
            Err(_) => self
                .undelivered
                .failed(self.way, "an event", self.cut_short()),
        }
    }

    /// Why something was not done by the end of the run.
    fn cut_short(&self) -> String {
        match &*locked(&self.trouble) {
            Some(why) => format!("{why}; {CUT_SHORT}"),
            None => CUT_SHORT.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::app::ending::Ending;
    use crate::app::stream::Stream;
    use crate::error::ExitCode;
    use crate::snapshot::{EndedBy, Event, Snapshot};
    use crate::views::samples;

    /// Has a program told of a run of so many events that has ended before anybody looked. Returns what the script has
    /// written, and what was not delivered.
    fn flood(script: &str, events: u64, kinds: Vec<&'static str>) -> (Vec<String>, Vec<Notice>) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("program");
        let script = format!("#!/bin/sh\ncd '{}'\n{script}\n", directory.path().display());
        std::fs::write(&path, script).expect("it is written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("it is ours");
        let event = Event {
            at: samples::now(),
            what: Happening::PollRecovered,
        };
        let snapshot = |events: u64| {
            Arc::new(Snapshot {
                events: vec![event.clone(); 100],
                older_events: events - 100,
                ..samples::running()
            })
        };
        let stream = Stream::new(snapshot(100));
        for hundreds in 2..=events / 100 {
            stream.publish(snapshot(100 * hundreds));
        }
        let ending = Ending {
            by: EndedBy::Duration,
            code: ExitCode::Undecided,
        };
        stream.end(snapshot(events), ending);
        let (sign, signs) = sync_channel(1);
        let undelivered = Arc::new(Undelivered::default());
        let sink = Notify {
            settings: NotifySettings {
                program: Some(path),
                webhook: None,
                webhook_headers: Vec::new(),
                kinds,
            },
            undelivered: Arc::clone(&undelivered),
            sign,
        };
        Box::new(sink)
            .run(stream.reader())
            .expect("there is a thread");
        drop(signs);
        let told = std::fs::read_to_string(directory.path().join("told")).unwrap_or_default();
        (
            told.lines().map(str::to_owned).collect(),
            undelivered.notices(),
        )
    }

    const BOTH: [&str; 2] = ["poll_recovered", END];

    #[test]
    fn a_flood_is_bounded_and_what_found_no_room_is_counted() {
        let script = "echo \"$1\" >> told; sleep 0.05";
        let (told, notices) = flood(script, 1_200, BOTH.to_vec());
        assert!(told.contains(&END.to_owned()), "{told:?}");
        let [
            Notice::Untold {
                way: Way::Program,
                failed,
                surplus,
                ..
            },
        ] = &notices[..]
        else {
            panic!("{notices:?}");
        };
        // All that has happened and the end. What was ended may have said its word before.
        let all = told.len() as u64 + failed + surplus;
        assert!(
            (1_201..=1_201 + failed).contains(&all),
            "{notices:?}, {}",
            told.len()
        );
        assert!(*surplus >= 1_200 - 101, "{surplus}");
    }

    #[test]
    fn no_more_than_four_run_at_once() {
        // The end may take the place of one that is ended and so cleans nothing up.
        let script = "[ $1 = end ] && exit; mkdir -p at; : > at/$$; set -- at/*; echo $# >> told; sleep 0.1; rm at/$$";
        let (told, _) = flood(script, 100, BOTH.to_vec());
        let most = told
            .iter()
            .filter_map(|most| most.parse::<usize>().ok())
            .max();
        assert!(matches!(most, Some(1..=PROGRAMS)), "{told:?}");
    }

    #[test]
    fn the_end_is_told_though_all_before_it_hang() {
        let hangs = "echo \"$1\" >> told; [ \"$1\" = end ] || exec sleep 300";
        let (told, notices) = flood(hangs, 100, BOTH.to_vec());
        let expected = [&["poll_recovered"; PROGRAMS][..], &[END]].concat();
        assert_eq!(told, expected);
        let [
            Notice::Untold {
                failed,
                surplus,
                why,
                ..
            },
        ] = &notices[..]
        else {
            panic!("{notices:?}");
        };
        assert_eq!((*failed, *surplus), (4, 96));
        assert_eq!(why, CUT_SHORT);
    }

    #[test]
    fn only_the_kinds_that_were_asked_for_are_told() {
        let script = "echo \"$1\" >> told";
        assert_eq!(
            flood(script, 100, vec![END]),
            (vec![END.to_owned()], Vec::new())
        );
        let none = flood(script, 100, vec!["match"]);
        assert_eq!(none, (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_could_not_be_told_is_not_told_on_the_same_way() {
        let untold = Notice::Untold {
            way: Way::Webhook,
            failed: 1,
            surplus: 0,
            why: "boom".to_owned(),
        };
        let (sign, _signs) = sync_channel(1);
        let sink = Notify {
            settings: NotifySettings {
                program: None,
                webhook: None,
                webhook_headers: Vec::new(),
                kinds: vec!["note"],
            },
            undelivered: Arc::default(),
            sign,
        };
        let (queue, mut taken) = channel(9);
        let outlet = Outlet {
            way: Way::Program,
            queue,
        };
        let events = [untold, Notice::Insecure].map(|notice| Event {
            at: samples::now(),
            what: Happening::Noticed(notice),
        });
        let news = News {
            snapshot: Arc::new(samples::running()),
            events: events.to_vec(),
            lost: 0,
            ended: None,
        };
        sink.tell(&news, &[outlet]);
        let told = taken.try_recv().expect("one is told");
        let event = String::from_utf8_lossy(&told.event).into_owned();
        assert!(event.contains("insecure"), "{event}");
        assert!(taken.try_recv().is_err(), "only one");
    }
}
