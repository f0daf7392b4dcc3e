//! The progress bar: on standard error, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One stage of the job.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins a stage of so many steps.
    pub(crate) fn new(stage: &'static str, steps: u64) -> Self {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(steps), target).with_prefix(stage);
        let style = ProgressStyle::with_template(
            "{prefix:>8.bold} {bar:40.cyan/blue} {percent:>3}%  {msg:.dim}",
        )
        .expect("the template is one that is understood");
        bar.set_style(style.progress_chars("━╸─"));
        Self { bar }
    }

    /// Shows how far the stage is.
    pub(crate) fn show(&self, steps: u64, message: impl Into<String>) {
        self.bar.set_message(message.into());
        self.bar.set_position(steps);
    }
}

impl Drop for Progress {
    /// Leaves the line empty for what follows, an error for instance.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
