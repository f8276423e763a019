package repoclean

import (
	"path"
	"strings"
)

// FileKind is what a file is for, as far as its name tells.
type FileKind string

// The kinds of files that the repositories of ML teams hold.
const (
	Code     FileKind = "code"
	Config   FileKind = "config"
	Notebook FileKind = "notebook"
	Model    FileKind = "model" // checkpoints and weights
	Data     FileKind = "data"
	Archive  FileKind = "archive"
	Media    FileKind = "media" // images, sound, video
	Document FileKind = "document"
	Other    FileKind = "other"
)

// KindOf tells the kind from a file's name.
func KindOf(file string) FileKind {
	name := strings.ToLower(path.Base(file))
	switch name {
	case "makefile", "dockerfile", "go.mod", "go.sum":
		return Code
	case "pytorch_model.bin", "model.bin":
		return Model
	case "license", "readme", "notice", "changelog":
		return Document
	}
	switch strings.TrimPrefix(path.Ext(name), ".") {
	case "py", "pyi", "pyx", "go", "c", "h", "cc", "cpp", "hpp", "cu", "cuh", "rs", "java", "scala", "js", "ts", "jsx", "tsx",
		"sh", "bash", "sql", "r", "jl", "rb", "lua", "proto", "html", "css", "tf", "cmake":
		return Code
	case "yaml", "yml", "toml", "json", "ini", "cfg", "conf", "lock", "env", "properties", "xml":
		return Config
	case "ipynb":
		return Notebook
	case "pt", "pth", "ckpt", "safetensors", "onnx", "pb", "tflite", "h5", "hdf5", "keras", "gguf", "ggml", "joblib",
		"mar", "engine", "plan", "model", "pdparams", "nemo", "weights":
		return Model
	case "csv", "tsv", "jsonl", "ndjson", "parquet", "arrow", "feather", "npy", "npz", "pkl", "pickle", "avro", "orc",
		"tfrecord", "tfrecords", "db", "sqlite", "sqlite3", "mat", "rds", "lmdb", "bin", "dat", "data":
		return Data
	case "zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "whl", "jar", "egg", "deb", "rpm":
		return Archive
	case "png", "jpg", "jpeg", "gif", "svg", "bmp", "tif", "tiff", "webp", "ico", "mp3", "wav", "flac", "ogg",
		"mp4", "avi", "mov", "mkv", "webm":
		return Media
	case "md", "rst", "txt", "pdf", "doc", "docx", "ppt", "pptx", "xls", "xlsx", "tex":
		return Document
	}
	return Other
}
