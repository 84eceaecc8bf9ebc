//! `r53mon demo`: starts the simulated world and watches it through ordinary settings, as a person could type them.
//! Nothing behind this file knows that it is a demo.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use super::ending::Endings;
use super::looks;
use super::purpose::{Mode, Purpose, print, tell_of_idle};
use super::threads::runtime;
use super::watch::watch;
use crate::cli::DemoArgs;
use crate::config::Access;
use crate::config::check::{check, chosen};
use crate::config::environment::Environment;
use crate::config::keys::{Taker, nearest};
use crate::config::layers::Layers;
use crate::config::raw::{Layer, Source};
use crate::config::text_file;
use crate::demo::{self, Addresses, Options, Running, Story};
use crate::error::{ExitCode, Failure};
use crate::model::language::{self, Both, Language, Phrase, both, phrase};
use crate::model::notice::Notice;
use crate::model::obstacle::Obstacle;
use crate::model::text::visible;

/// The story that is played when none is named.
const DEFAULT_STORY: &str = "cutover";

/// Lists the stories, serves the world, or watches it.
pub(super) fn run(args: &DemoArgs, environment: &Environment) -> Result<ExitCode, Failure> {
    let line = Layers::of(Taker::Demo, [args.flags.0.clone()]);
    looks::adopt(chosen(&line), environment);
    if args.list {
        return print(list().as_bytes());
    }
    if args.story_template {
        return print(demo::STORY_TEMPLATE.as_bytes());
    }
    let options = Options {
        story: story(args)?,
        speed: match &args.speed {
            Some(text) => number("speed", text, &phrase("number", "수"), demo::SPEEDS)?,
            None => 1.0,
        },
        seed: match &args.seed {
            Some(text) => {
                let whole = phrase("whole number", "정수");
                Some(number("seed", text, &whole, 0..=u64::MAX)?)
            }
            None => None,
        },
    };
    let is_rehearsal = options.story.api_port.is_some();
    let running = demo::start(options)
        .map_err(|error| Failure::Measure(Obstacle::new(Both::same(error.to_string()))))?;
    if args.serve {
        serve(running)
    } else {
        watch_world(args, &running, is_rehearsal, environment)
    }
}

fn list() -> String {
    let stories = Story::built_in();
    let width = stories.iter().map(|story| story.name.len()).max();
    let width = width.unwrap_or_default();
    let line = |story: &Story| {
        let summary = match language::current() {
            Language::English => &story.summary,
            Language::Korean => &story.summary_ko,
        };
        format!("{:width$}  {summary}\n", story.name)
    };
    stories.iter().map(line).collect()
}

/// The names of the stories.
pub(super) fn stories() -> impl Iterator<Item = &'static str> {
    Story::built_in().iter().map(|story| story.name.as_str())
}

fn story(args: &DemoArgs) -> Result<Story, Failure> {
    if let Some(path) = &args.story_file {
        return story_file(path);
    }
    let name = args.story.as_deref().unwrap_or(DEFAULT_STORY);
    if let Some(story) = Story::find(name) {
        return Ok(story.clone());
    }
    let known: Vec<&str> = stories().collect();
    let near = nearest(name, known.iter().copied());
    let hint = near.map_or(Both::same(""), |near| {
        both!("did you mean {near}? ", "혹시 {near}인가? ")
    });
    let known = known.join(", ");
    let cure = both!(
        "{hint}the stories are {known}; a file of one's own is played with --story-file",
        "{hint}스토리는 {known}; 직접 만든 파일은 --story-file로 재생한다",
    );
    let what = both!(
        "there is no story \"{name}\"",
        "그런 스토리는 없다: \"{name}\""
    );
    Err(Failure::Usage(Obstacle::new(what).cure(cure)))
}

fn story_file(path: &Path) -> Result<Story, Failure> {
    let shown = path.display().to_string();
    let read =
        text_file::read(path).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    let text = read.map_err(|error| {
        bad_line(both!(
            "{shown} (--story-file): cannot read this story: {error}",
            "{shown} (--story-file): 이 스토리를 읽을 수 없다: {error}",
        ))
    })?;
    Story::parse(&text, &shown).map_err(|error| {
        let told = error.told();
        bad_line(Both::of(|| match language::current() {
            Language::English => told.english.clone(),
            Language::Korean => told.korean.clone(),
        }))
    })
}

fn number<T: Display + FromStr + PartialOrd>(
    name: &str,
    text: &str,
    kind: &Phrase,
    allowed: RangeInclusive<T>,
) -> Result<T, Failure> {
    let number = text.trim().parse().ok();
    let (least, most) = (allowed.start(), allowed.end());
    number
        .filter(|number| allowed.contains(number))
        .ok_or_else(|| {
            bad_line(both!(
                "{name} = \"{text}\" (--{name}): it has to be a {kind} from {least} to {most}",
                "{name} = \"{text}\" (--{name}): 쓸 수 있는 값: {least}~{most}의 {kind}",
            ))
        })
}

/// What is allowed stands in the sentence itself.
fn bad_line(what: Both) -> Failure {
    Failure::Usage(Obstacle::new(what))
}

fn watch_world(
    args: &DemoArgs,
    running: &Running,
    is_rehearsal: bool,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let world = running.addresses();
    let layers = [settings_of(world), args.flags.0.clone()];
    let layers = Layers::with_file(Taker::Demo, args.config.as_deref(), layers);
    let access = Access::Fixed {
        url: world.api_url.clone(),
        key_id: world.access_key_id.clone(),
        secret: world.secret_access_key.clone(),
    };
    let mut settings = check(&layers, Some(&access))?;
    tell_of_idle(&layers, Taker::Demo);
    settings.dns.known_names.clone_from(&world.name_servers);
    if let (Some(http), Some(authority)) = (&mut settings.http, &world.authority) {
        http.trusted = vec![authority.clone().into()];
    }
    let mode = Mode::choose(settings.run.output, environment);
    let no_web = world.web.as_ref().err();
    let no_web = no_web.map(|reason| Notice::NoWebServers(reason.clone()));
    let rehearsal = is_rehearsal.then(|| Notice::Rehearsal {
        api_url: world.api_url.clone(),
        keys: [&world.access_key_id, &world.secret_access_key].map(String::clone),
        zone_id: world.zone_id.clone(),
    });
    if is_rehearsal {
        let instructions = demo::rehearsal_instructions(world, is_korean());
        // Nobody is left to tell when stderr cannot be written.
        let _ = write!(io::stderr(), "{instructions}");
    }
    let purpose = Purpose::Demo {
        notes: no_web.into_iter().chain(rehearsal).collect(),
        panics_in: args.panic_in,
    };
    watch(&settings, &purpose, mode, environment)
}

/// What a person would type to watch this world.
fn settings_of(world: &Addresses) -> Layer {
    let joined = |addresses: &mut dyn Iterator<Item = SocketAddr>| {
        let addresses: Vec<String> = addresses.map(|it| it.to_string()).collect();
        addresses.join(",")
    };
    let mut servers = world.name_servers.iter().map(|(_, address)| *address);
    let mut resolvers = world.caching_resolvers.iter().copied();
    let mut layer = Layer::new(Source::Demo);
    layer.set("endpoint", &world.endpoint);
    layer.set("hosted_zone_id", &world.zone_id);
    layer.set("record_name", &world.record_name);
    layer.set("record_type", &world.record_type);
    layer.set("nameservers", joined(&mut servers));
    layer.set("resolvers", joined(&mut resolvers));
    // Whatever a story's answers point to, no question about it leaves this machine.
    layer.set("resolver", world.resolver.to_string());
    if world.web.is_err() {
        layer.set("no_http", "true");
    }
    layer
}

fn is_korean() -> bool {
    language::current() == Language::Korean
}

/// Keeps the world up until a signal ends it.
fn serve(running: Running) -> Result<ExitCode, Failure> {
    let runtime = runtime()?;
    let endings = Endings::listen()?;
    print(demo::serve_instructions(running.addresses(), is_korean()).as_bytes())?;
    let code = runtime.block_on(endings.signalled());
    // What the world has seen: the witness to hold a measurement against.
    for line in running.stop().to_string().lines() {
        // Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "{}", visible(line));
    }
    Ok(code)
}
