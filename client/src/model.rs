//! Models: safetensors files of floats, and the fixed-point elements that the chain agrees on.

use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use sheaf_aggregation::{from_fixed, to_fixed, FixedPointError, Network};
use sheaf_training::BountySpec;
use std::{fs, io, path::Path};

/// Why a model is refused.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
	/// The file system refused.
	#[error("{path}: {error}")]
	Io {
		/// The file.
		path: String,
		/// Why.
		error: io::Error,
	},
	/// Not a safetensors file.
	#[error("{path} is not a safetensors file: {reason}")]
	NotSafetensors {
		/// The file.
		path: String,
		/// Why.
		reason: String,
	},
	/// A tensor of the manifest is not there.
	#[error("{path} has no tensor \"{tensor}\"")]
	MissingTensor {
		/// The file.
		path: String,
		/// The tensor.
		tensor: String,
	},
	/// A tensor that the manifest does not name.
	#[error("{path} has a tensor \"{tensor}\" that the bounty's manifest does not name")]
	UnknownTensor {
		/// The file.
		path: String,
		/// The tensor.
		tensor: String,
	},
	/// Another shape than in the manifest.
	#[error("tensor \"{tensor}\" has the shape {found:?}, expected {expected:?}")]
	WrongShape {
		/// The tensor.
		tensor: String,
		/// Its shape.
		found: Vec<usize>,
		/// The manifest's.
		expected: Vec<usize>,
	},
	/// Neither f32 nor f64.
	#[error("tensor \"{tensor}\" is {found}, expected F32")]
	WrongType {
		/// The tensor.
		tensor: String,
		/// Its type.
		found: String,
	},
	/// NaN, infinity, or too large for fixed point.
	#[error("tensor \"{tensor}\" at {index}: {value} is {error}")]
	NotFixedPoint {
		/// The tensor.
		tensor: String,
		/// Which element of it.
		index: usize,
		/// The value.
		value: f32,
		/// Why.
		error: FixedPointError,
	},
	/// Another number of elements than the layout has.
	#[error("the model has {found} elements, expected {expected}")]
	WrongLength {
		/// How many there are.
		found: usize,
		/// How many there should be.
		expected: usize,
	},
	/// No perceptron can be seen in the tensors' names and shapes.
	#[error("the tensors are not layers.0.weight [out, in], layers.0.bias [out], and so on")]
	NotAPerceptron,
}

/// A named tensor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TensorShape {
	/// Name in the safetensors file.
	pub name: String,
	/// Dimensions.
	pub shape: Vec<usize>,
}

impl TensorShape {
	/// Its number of elements.
	pub fn elements(&self) -> usize {
		self.shape.iter().fold(1, |elements, width| elements.saturating_mul(*width))
	}
}

/// A model's tensors in the order of its elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
	/// The tensors.
	pub tensors: Vec<TensorShape>,
	/// Fraction bits of its elements.
	pub fraction_bits: u8,
}

impl Layout {
	/// As a bounty's manifest says.
	pub fn of_spec(spec: &BountySpec) -> Self {
		let tensors = spec.manifest.iter().map(|tensor| TensorShape {
			name: String::from_utf8_lossy(&tensor.name).into_owned(),
			shape: tensor.shape.iter().map(|dimension| *dimension as usize).collect(),
		});
		Self { tensors: tensors.collect(), fraction_bits: spec.fraction_bits }
	}

	/// A perceptron with these widths: `layers.0.weight` `[out, in]`, `layers.0.bias` `[out]`, ...
	pub fn of_network(widths: &[u32], fraction_bits: u8) -> Self {
		let layers = widths.iter().zip(widths.iter().skip(1)).enumerate();
		let tensors = layers.flat_map(|(layer, (inputs, outputs))| {
			let (inputs, outputs) = (*inputs as usize, *outputs as usize);
			let named = |part| format!("layers.{layer}.{part}");
			[
				TensorShape { name: named("weight"), shape: vec![outputs, inputs] },
				TensorShape { name: named("bias"), shape: vec![outputs] },
			]
		});
		Self { tensors: tensors.collect(), fraction_bits }
	}

	/// Number of elements.
	pub fn elements(&self) -> usize {
		let each = self.tensors.iter().map(TensorShape::elements);
		each.fold(0, usize::saturating_add)
	}

	/// Reads a file with exactly these tensors into one vector.
	///
	/// # Errors
	///
	/// [`ModelError`]; values are not checked.
	pub fn read(&self, path: &Path) -> Result<Vec<f32>, ModelError> {
		let bytes = read(path)?;
		let file = parse(path, &bytes)?;
		let known = |name: &str| self.tensors.iter().any(|tensor| tensor.name == name);
		if let Some(unknown) = file.names().into_iter().find(|name| !known(name)) {
			let (path, tensor) = (path.display().to_string(), unknown.to_owned());
			return Err(ModelError::UnknownTensor { path, tensor });
		}
		let mut values = Vec::new();
		for tensor in &self.tensors {
			let view = file.tensor(&tensor.name).map_err(|_| ModelError::MissingTensor {
				path: path.display().to_string(),
				tensor: tensor.name.clone(),
			})?;
			if view.shape() != tensor.shape.as_slice() {
				return Err(ModelError::WrongShape {
					tensor: tensor.name.clone(),
					found: view.shape().to_vec(),
					expected: tensor.shape.clone(),
				});
			}
			values.extend(floats(&tensor.name, &view)?);
		}
		Ok(values)
	}

	/// Writes one vector as a file of these tensors, f32.
	///
	/// # Errors
	///
	/// [`ModelError::WrongLength`], [`ModelError::Io`].
	pub fn write(&self, path: &Path, values: &[f32]) -> Result<(), ModelError> {
		self.check_length(values.len())?;
		let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
		let mut rest = bytes.as_slice();
		let mut views = Vec::new();
		for tensor in &self.tensors {
			let (data, after) = rest.split_at(tensor.elements() * 4);
			rest = after;
			let view = TensorView::new(Dtype::F32, tensor.shape.clone(), data)
				.map_err(|error| not_safetensors(path, error))?;
			views.push((tensor.name.clone(), view));
		}
		let file =
			safetensors::serialize(views, None).map_err(|error| not_safetensors(path, error))?;
		let io = |error| ModelError::Io { path: path.display().to_string(), error };
		let unfinished = path.with_extension("unfinished");
		fs::write(&unfinished, file).map_err(io)?;
		fs::rename(&unfinished, path).map_err(io)
	}

	/// Rounds floats to fixed point, half to even.
	///
	/// # Errors
	///
	/// [`ModelError::NotFixedPoint`] for NaN, infinity and what is too large,
	/// [`ModelError::WrongLength`].
	pub fn to_fixed(&self, values: &[f32]) -> Result<Vec<i32>, ModelError> {
		self.check_length(values.len())?;
		let mut elements = Vec::with_capacity(values.len());
		let mut rest = values;
		for tensor in &self.tensors {
			let (own, after) = rest.split_at(tensor.elements());
			rest = after;
			for (index, value) in own.iter().enumerate() {
				let element = to_fixed(f64::from(*value), self.fraction_bits).map_err(|error| {
					let (tensor, value) = (tensor.name.clone(), *value);
					ModelError::NotFixedPoint { tensor, index, value, error }
				})?;
				elements.push(element);
			}
		}
		Ok(elements)
	}

	/// Fixed point as the nearest floats.
	pub fn to_floats(&self, elements: &[i32]) -> Vec<f32> {
		elements.iter().map(|element| from_fixed(*element, self.fraction_bits) as f32).collect()
	}

	fn check_length(&self, found: usize) -> Result<(), ModelError> {
		let expected = self.elements();
		match found == expected {
			true => Ok(()),
			false => Err(ModelError::WrongLength { found, expected }),
		}
	}
}

/// The perceptron whose tensors a file has, by their names and shapes.
///
/// # Errors
///
/// [`ModelError::NotAPerceptron`] and errors of the file.
pub fn network_of_file(path: &Path) -> Result<Network, ModelError> {
	let bytes = read(path)?;
	let file = parse(path, &bytes)?;
	let mut widths: Vec<u32> = Vec::new();
	for layer in 0..file.len() / 2 {
		let weight = file.tensor(&format!("layers.{layer}.weight"));
		let shape = weight.map_err(|_| ModelError::NotAPerceptron)?.shape().to_vec();
		let [outputs, inputs] = shape[..] else { return Err(ModelError::NotAPerceptron) };
		let width = |width: usize| u32::try_from(width).map_err(|_| ModelError::NotAPerceptron);
		match widths.last() {
			None => widths.push(width(inputs)?),
			Some(before) if *before == width(inputs)? => {}
			Some(_) => return Err(ModelError::NotAPerceptron),
		}
		widths.push(width(outputs)?);
	}
	let network = Network { widths };
	network.check().map_err(|_| ModelError::NotAPerceptron)?;
	Ok(network)
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
	fs::read(path).map_err(|error| ModelError::Io { path: path.display().to_string(), error })
}

fn parse<'data>(path: &Path, bytes: &'data [u8]) -> Result<SafeTensors<'data>, ModelError> {
	SafeTensors::deserialize(bytes).map_err(|error| not_safetensors(path, error))
}

fn not_safetensors(path: &Path, error: safetensors::SafeTensorError) -> ModelError {
	ModelError::NotSafetensors { path: path.display().to_string(), reason: error.to_string() }
}

/// A tensor's values as f32; f64 is rounded.
pub(crate) fn floats(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, ModelError> {
	let data = view.data();
	match view.dtype() {
		Dtype::F32 => Ok(data.as_chunks().0.iter().map(|word| f32::from_le_bytes(*word)).collect()),
		Dtype::F64 => {
			Ok(data.as_chunks().0.iter().map(|word| f64::from_le_bytes(*word) as f32).collect())
		}
		other => Err(ModelError::WrongType { tensor: name.into(), found: format!("{other:?}") }),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn layout() -> Layout {
		Layout::of_network(&[2, 3, 2], 16)
	}

	fn values() -> Vec<f32> {
		(0..17).map(|i| (i as f32 - 8.0) * 0.37).collect()
	}

	#[test]
	fn a_model_survives_file_and_fixed_point() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("model.safetensors");
		layout().write(&path, &values()).unwrap();
		assert_eq!(layout().read(&path).unwrap(), values());
		let fixed = layout().to_fixed(&values()).unwrap();
		let floats = layout().to_floats(&fixed);
		assert_eq!(layout().to_fixed(&floats).unwrap(), fixed);
		assert!(floats.iter().zip(values()).all(|(a, b)| (a - b).abs() <= 0.5 / 65536.0));
		assert_eq!(network_of_file(&path).unwrap().widths, [2, 3, 2]);
	}

	#[test]
	fn halves_round_to_even() {
		let layout = Layout::of_network(&[1, 2], 0);
		let fixed = layout.to_fixed(&[0.5, 1.5, 2.5, -0.5]).unwrap();
		assert_eq!(fixed, [0, 2, 2, 0]);
	}

	#[test]
	fn nan_and_infinity_are_refused_with_their_place() {
		for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e9] {
			let mut values = values();
			values[7] = bad;
			let error = layout().to_fixed(&values).unwrap_err();
			assert!(error.to_string().contains("layers.0.bias\" at 1"), "{error}");
		}
	}

	#[test]
	fn another_shape_or_name_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("model.safetensors");
		layout().write(&path, &values()).unwrap();
		let wider = Layout::of_network(&[2, 4, 2], 16);
		assert!(matches!(wider.read(&path), Err(ModelError::WrongShape { .. })));
		let deeper = Layout::of_network(&[2, 3, 2, 2], 16);
		assert!(matches!(deeper.read(&path), Err(ModelError::MissingTensor { .. })));
		let shallower = Layout::of_network(&[2, 3], 16);
		assert!(matches!(shallower.read(&path), Err(ModelError::UnknownTensor { .. })));
		fs::write(&path, b"not a model").unwrap();
		assert!(matches!(layout().read(&path), Err(ModelError::NotSafetensors { .. })));
	}
}
