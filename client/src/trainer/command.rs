//! Training by a program of the trainer's own, in any language.

use crate::model::{Layout, ModelError};
use std::{io, path::Path, process::Stdio};

/// Why a program's model is refused.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
	/// The program does not start.
	#[error("cannot run `{command}`: {error}")]
	NotStarted {
		/// The command.
		command: String,
		/// Why.
		error: io::Error,
	},
	/// The program failed.
	#[error("`{command}` failed: {status}")]
	Failed {
		/// The command.
		command: String,
		/// How it ended.
		status: String,
	},
	/// It left no model, or a wrong one.
	#[error("`{command}` left no usable model: {error}")]
	BadModel {
		/// The command.
		command: String,
		/// What is wrong.
		error: ModelError,
	},
	/// The folder for the exchange cannot be used.
	#[error("{path}: {error}")]
	Folder {
		/// The folder.
		path: String,
		/// Why.
		error: io::Error,
	},
	/// The model for the program cannot be written.
	#[error(transparent)]
	Model(#[from] ModelError),
}

/// What a program is given.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
	/// The command, run by the shell.
	pub command: &'a str,
	/// The model's tensors.
	pub layout: &'a Layout,
	/// The global model.
	pub values: &'a [f32],
	/// The trainer's data.
	pub data: &'a Path,
	/// The round.
	pub round: u32,
	/// The sponsor's hints, JSON.
	pub hints: &'a str,
	/// Folder for the exchanged files.
	pub folder: &'a Path,
}

/// Runs a program that reads the model at `SHEAF_MODEL_IN` and the data at `SHEAF_DATA`, and writes
/// the trained model, whole and not as a difference, to `SHEAF_MODEL_OUT`.
///
/// It also gets `SHEAF_ROUND` and `SHEAF_HINTS`, but not the trainer's key. Its output goes to the
/// standard error.
///
/// # Errors
///
/// [`CommandError`]; a model with other tensors or shapes is refused.
pub async fn run(task: Task<'_>) -> Result<Vec<f32>, CommandError> {
	let command = task.command.to_owned();
	let folder = |error| {
		let path = task.folder.display().to_string();
		CommandError::Folder { path, error }
	};
	std::fs::create_dir_all(task.folder).map_err(folder)?;
	let here = std::path::absolute(task.folder).map_err(folder)?;
	let data = std::path::absolute(task.data).map_err(folder)?;
	let input = here.join("model-in.safetensors");
	let output = here.join("model-out.safetensors");
	task.layout.write(&input, task.values)?;
	match std::fs::remove_file(&output) {
		Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(folder(error)),
		_ => {}
	}
	let mut child = shell(&command);
	child
		.env("SHEAF_MODEL_IN", &input)
		.env("SHEAF_MODEL_OUT", &output)
		.env("SHEAF_DATA", data)
		.env("SHEAF_ROUND", task.round.to_string())
		.env("SHEAF_HINTS", task.hints)
		.env_remove(crate::chain::keys::KEY_VARIABLE)
		.env_remove(crate::chain::keys::PASSWORD_VARIABLE)
		.stdin(Stdio::null())
		.stdout(io::stderr())
		.kill_on_drop(true);
	let status = child.status().await;
	let status =
		status.map_err(|error| CommandError::NotStarted { command: command.clone(), error })?;
	if !status.success() {
		return Err(CommandError::Failed { command, status: status.to_string() });
	}
	let bad = |error| CommandError::BadModel { command: command.clone(), error };
	let values = task.layout.read(&output).map_err(bad)?;
	task.layout.to_fixed(&values).map_err(bad)?;
	Ok(values)
}

#[cfg(unix)]
fn shell(command: &str) -> tokio::process::Command {
	let mut shell = tokio::process::Command::new("/bin/sh");
	shell.arg("-c").arg(command);
	shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> tokio::process::Command {
	let mut shell = tokio::process::Command::new("cmd");
	shell.arg("/C").arg(command);
	shell
}

#[cfg(all(test, unix))]
mod tests {
	use super::*;

	async fn run_with(command: &str) -> Result<Vec<f32>, CommandError> {
		let folder = tempfile::tempdir().unwrap();
		let data = folder.path().join("train.safetensors");
		std::fs::write(&data, b"data").unwrap();
		let layout = Layout::of_network(&[2, 2], 16);
		let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
		let hints = r#"{"epochs":2}"#;
		let folder = folder.path().join("exchange");
		let (values, layout) = (&values, &layout);
		run(Task { command, layout, values, data: &data, round: 3, hints, folder: &folder }).await
	}

	#[tokio::test]
	async fn a_program_gets_the_documented_variables_and_gives_a_model() {
		let command = r#"
			test -f "$SHEAF_DATA" && test "$SHEAF_ROUND" = 3 || exit 1
			test "$SHEAF_HINTS" = '{"epochs":2}' || exit 2
			test -z "$SHEAF_KEY$SHEAF_PASSWORD" || exit 3
			echo this must not stand on the standard output
			cp "$SHEAF_MODEL_IN" "$SHEAF_MODEL_OUT"
		"#;
		assert_eq!(run_with(command).await.unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
	}

	#[tokio::test]
	async fn a_program_that_fails_or_leaves_nothing_is_refused() {
		assert!(matches!(run_with("exit 7").await, Err(CommandError::Failed { .. })));
		assert!(matches!(run_with("true").await, Err(CommandError::BadModel { .. })));
		let garbage = r#"echo garbage > "$SHEAF_MODEL_OUT""#;
		assert!(matches!(run_with(garbage).await, Err(CommandError::BadModel { .. })));
	}

	#[tokio::test]
	async fn a_model_with_nan_is_refused() {
		let command = r#"
			head -c -24 "$SHEAF_MODEL_IN" > "$SHEAF_MODEL_OUT"
			for i in 1 2 3 4 5 6; do printf '\000\000\300\177' >> "$SHEAF_MODEL_OUT"; done
		"#;
		let error = run_with(command).await.unwrap_err();
		assert!(error.to_string().contains("not a number"), "{error}");
	}
}
