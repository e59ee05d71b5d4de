//! Model and data files as the client reads them: what is accepted has the layout that was asked
//! for, survives being written, and takes no more memory than its size allows.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use sheaf_fuzz::{
	dataset::Dataset,
	memory::{most_allocated, Counted},
	model::{network_of_file, Layout, ModelError},
	one_of,
};
use std::{fs, path::PathBuf, sync::OnceLock};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

#[derive(Arbitrary, Debug)]
enum File<'a> {
	/// Any bytes.
	Raw(&'a [u8]),
	/// A header of its own, as safetensors wants it, and any data.
	Tensors(Vec<Tensor>, &'a [u8]),
	/// Examples with so many features, their labels (maybe more or fewer), and other tensors.
	Examples {
		shape: [u8; 2],
		more_labels: Option<u8>,
		types: [u8; 2],
		others: Vec<Tensor>,
		data: &'a [u8],
	},
	/// A perceptron with these widths.
	Perceptron { widths: Vec<u8>, dtype: u8, data: &'a [u8] },
}

#[derive(Arbitrary, Debug)]
struct Tensor {
	name: u8,
	dtype: u8,
	shape: Vec<u8>,
	/// What its bytes are more or less than its shape says.
	off: Option<i8>,
}

const NAMES: [&str; 8] = [
	"features",
	"labels",
	"layers.0.weight",
	"layers.0.bias",
	"layers.1.weight",
	"layers.1.bias",
	"",
	"other",
];
const TYPES: [(&str, u64); 8] = [
	("F32", 4),
	("F64", 8),
	("I64", 8),
	("I32", 4),
	("U32", 4),
	("U8", 1),
	("F16", 2),
	("BOOL", 1),
];
/// What was allocated for a file of so many bytes may be this often as much, and some more.
const FACTOR: usize = 64;
const SLACK: usize = 64 << 10;

impl Tensor {
	fn new(name: u8, dtype: u8, shape: &[u8]) -> Self {
		Self { name, dtype, shape: shape.to_vec(), off: None }
	}
}

impl File<'_> {
	fn bytes(self) -> Vec<u8> {
		let (tensors, data) = match self {
			Self::Raw(bytes) => return bytes.to_vec(),
			Self::Tensors(tensors, data) => (tensors, data),
			Self::Examples { shape, more_labels, types, mut others, data } => {
				let labels = shape[0].wrapping_add(more_labels.unwrap_or(0));
				others.push(Tensor::new(0, types[0], &shape));
				others.push(Tensor::new(1, types[1], &[labels]));
				(others, data)
			}
			Self::Perceptron { widths, dtype, data } => {
				let layers = [2, 4].into_iter().zip(widths.windows(2));
				let tensors = layers.flat_map(|(name, pair)| {
					let weight = Tensor::new(name, dtype, &[pair[1], pair[0]]);
					[weight, Tensor::new(name + 1, dtype, &[pair[1]])]
				});
				(tensors.collect(), data)
			}
		};
		let mut header = serde_json::Map::new();
		let mut start = 0u64;
		for tensor in tensors.iter().take(8) {
			let (dtype, width) = one_of(tensor.dtype, &TYPES);
			let shape: Vec<u64> = tensor.shape.iter().take(4).map(|d| u64::from(d % 16)).collect();
			let size = shape.iter().product::<u64>() * width;
			let end = start + size.saturating_add_signed(tensor.off.unwrap_or(0).into());
			header.insert(
				one_of(tensor.name, &NAMES).into(),
				json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] }),
			);
			start = end;
		}
		let header = serde_json::Value::Object(header).to_string().into_bytes();
		let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
		bytes.extend(header);
		let data = data.iter().copied().cycle().chain(core::iter::repeat(0));
		bytes.extend(data.take(start.min(1 << 18) as usize));
		bytes
	}
}

fn path(name: &str) -> PathBuf {
	static FOLDER: OnceLock<TempDir> = OnceLock::new();
	let memory = std::path::Path::new("/dev/shm");
	let folder = FOLDER.get_or_init(|| match memory.is_dir() {
		true => TempDir::new_in(memory).unwrap(),
		false => TempDir::new().unwrap(),
	});
	folder.path().join(name)
}

fn bits(values: &[f32]) -> Vec<u32> {
	values.iter().map(|value| value.to_bits()).collect()
}

fn check(bytes: &[u8], fraction_bits: u8) {
	let (from, to) = (path("read.safetensors"), path("written.safetensors"));
	fs::write(&from, bytes).unwrap();
	let bound = FACTOR * bytes.len() + SLACK;
	let bounded = |most: usize| assert!(most <= bound, "{most} bytes for {}", bytes.len());

	let (network, most) = most_allocated(|| network_of_file(&from));
	bounded(most);
	let widths = network.map_or_else(|_| vec![3, 2], |network| network.widths);
	let layout = Layout::of_network(&widths, fraction_bits);
	let (values, most) = most_allocated(|| layout.read(&from));
	bounded(most);
	if let Ok(values) = values {
		assert_eq!(values.len(), layout.elements());
		layout.write(&to, &values).unwrap();
		assert_eq!(bits(&layout.read(&to).unwrap()), bits(&values));
		match layout.to_fixed(&values) {
			Ok(fixed) => {
				// Floats have 24 bits, so what survives is what fits into them.
				let small = fixed.iter().all(|element| element.unsigned_abs() < 1 << 24);
				let again = layout.to_fixed(&layout.to_floats(&fixed));
				assert!(!small || again.unwrap() == fixed);
			}
			Err(ModelError::NotFixedPoint { value, .. }) => {
				let most = 2f64.powi(31 - i32::from(fraction_bits));
				assert!(!value.is_finite() || f64::from(value).abs() >= most);
			}
			Err(other) => panic!("{other}"),
		}
	}

	let (data, most) = most_allocated(|| Dataset::read(&from));
	bounded(most);
	if let Ok(data) = data {
		assert_eq!(data.features.len(), data.len() * data.width);
		assert!(!data.is_empty() && data.width > 0);
		assert!(data.features.iter().all(|value| value.is_finite()));
		data.write(&to).unwrap();
		let again = Dataset::read(&to).unwrap();
		assert_eq!((again.labels, again.width), (data.labels.clone(), data.width));
		assert_eq!(bits(&again.features), bits(&data.features));
		let outputs = data.labels.iter().max().unwrap().saturating_add(1);
		assert!(data.fits(data.width as u32, outputs).is_ok() || outputs == u32::MAX);
	}
}

fuzz_target!(|data: &[u8]| {
	let input = Unstructured::new(data);
	let Ok((fraction_bits, file)) = <(u8, File)>::arbitrary_take_rest(input) else { return };
	check(&file.bytes(), fraction_bits % 31);
});
