//! What clap says by itself, in Korean: the headings of a help, the flags that it adds, and what is wrong with a line.

use clap::builder::Styles;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, Command, Error};

const COMMANDS: &str = "명령";
const ARGUMENTS: &str = "인자";
const OPTIONS: &str = "옵션";

/// A command with everything that clap adds to it, and that in Korean.
pub(super) fn finished(mut command: Command) -> Command {
    command.build();
    in_korean(command)
}

fn in_korean(command: Command) -> Command {
    let styles = Styles::styled();
    let heading = styles.get_usage();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{heading}사용법:{heading:#} {{usage}}\n\n{{all-args}}{{after-help}}"
    );
    let about = match command.get_name() {
        "help" => "이 도움말이나 명령의 도움말을 출력한다".into(),
        _ => command.get_about().cloned().unwrap_or_default(),
    };
    command
        .about(about)
        .help_template(template)
        .subcommand_help_heading(COMMANDS)
        .mut_args(argument)
        .mut_subcommands(in_korean)
}

fn argument(argument: Arg) -> Arg {
    let argument = match (argument.get_help_heading(), argument.is_positional()) {
        (Some(_), _) => argument,
        (None, true) => argument.help_heading(ARGUMENTS),
        (None, false) => argument.help_heading(OPTIONS),
    };
    let argument = match argument.get_id().as_str() {
        "help" => argument
            .help("도움말을 출력한다 (자세한 내용은 '--help')")
            .long_help("도움말을 출력한다 (짧은 내용은 '-h')"),
        "version" => argument.help("버전을 출력한다"),
        "subcommand" => argument.help("도움말을 볼 명령"),
        _ => argument,
    };
    let values = argument.get_possible_values();
    if values.is_empty() || argument.is_hide_possible_values_set() {
        return argument;
    }
    let values: Vec<&str> = values
        .iter()
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    let help = argument.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let help = format!("{help} [가능한 값: {}]", values.join(", "));
    argument.help(help).hide_possible_values(true)
}

/// What is wrong with a line; `None` where nothing is, or where only clap has words for it.
pub(super) fn complaint(error: &Error) -> Option<String> {
    let told = |kind| error.get(kind).map(ToString::to_string);
    let quoted = |kind| told(kind).map(|text| format!("'{text}'"));
    let argument = quoted(ContextKind::InvalidArg);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("알 수 없는 인자: {}", argument?),
        ErrorKind::InvalidSubcommand => {
            format!(
                "알 수 없는 명령: {}",
                quoted(ContextKind::InvalidSubcommand)?
            )
        }
        ErrorKind::MissingSubcommand => {
            format!(
                "명령이 없다: {}에는 명령이 필요하다",
                quoted(ContextKind::InvalidSubcommand)?
            )
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match told(ContextKind::InvalidValue).filter(|value| !value.is_empty()) {
                None => format!("값이 필요한 인자: {}", argument?),
                Some(value) => format!("{}에 쓸 수 없는 값: '{value}'", argument?),
            }
        }
        ErrorKind::NoEquals => format!("값은 등호(=) 뒤에 쓴다: {}", argument?),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("값의 개수가 맞지 않는다: {}", argument?)
        }
        ErrorKind::ArgumentConflict => match quoted(ContextKind::PriorArg) {
            Some(prior) => format!("함께 쓸 수 없는 인자: {}, {prior}", argument?),
            None => format!("다른 인자와 함께 쓸 수 없는 인자: {}", argument?),
        },
        ErrorKind::MissingRequiredArgument => {
            format!("필요한 인자가 없다: {}", told(ContextKind::InvalidArg)?)
        }
        ErrorKind::InvalidUtf8 => "올바른 UTF-8이 아닌 인자가 있다".to_owned(),
        _ => return None,
    };
    let mut parts = vec![format!("오류: {what}")];
    parts.extend(told(ContextKind::ValidValue).map(|values| format!("  [가능한 값: {values}]")));
    let near = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let near = near.into_iter().find_map(told);
    parts.extend(near.map(|near| format!("\n  비슷한 것: {near}")));
    let usage = told(ContextKind::Usage);
    let usage = usage.and_then(|usage| Some(usage.strip_prefix("Usage: ")?.to_owned()));
    parts.extend(usage.map(|usage| format!("\n사용법: {usage}")));
    parts.push("\n자세한 내용은 '--help'로 볼 수 있다.\n".to_owned());
    Some(parts.join("\n"))
}
