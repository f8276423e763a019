package report

import (
	"io"
	"testing"
	"time"

	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
)

func sampleAudit() repoclean.Report {
	date := func(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }
	blob := func(path string, size int64, inTree bool) repoclean.Blob {
		return repoclean.Blob{
			Hash: "0123456789abcdef0123456789abcdef01234567", Path: path, Bytes: size, Packed: size / 2,
			Commit: "aabbccddeeff00112233445566778899aabbccdd", Author: "Mira Okafor", Date: date(4), InTree: inTree,
		}
	}
	weight := func(name string, packed int64, files int) repoclean.Weight {
		return repoclean.Weight{
			Name: name, History: repoclean.Objects{Count: files + 3, Bytes: packed * 2, Packed: packed},
			Tree: repoclean.Totals{Files: files, Bytes: packed / 3},
		}
	}
	a := repoclean.Report{
		APIVersion: "gantline.dev/v1", Kind: repoclean.ReportKind, Revision: "main..faster-eval",
		Commit: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Shallow: true,
		History: repoclean.History{
			Commits: 48, First: date(1), Last: date(28),
			Blobs: repoclean.Objects{Count: 310, Bytes: 312_000_000, Packed: 251_000_000},
			Trees: repoclean.Objects{Count: 190, Bytes: 410_000, Packed: 60_000}, CommitObjects: repoclean.Objects{Count: 48, Bytes: 14_000, Packed: 9_000},
			Elsewhere: repoclean.Objects{Count: 3, Bytes: 9_000, Packed: 4_000},
		},
		Tree:       repoclean.Totals{Files: 17, Bytes: 19_700_000},
		Extensions: []repoclean.Weight{weight(".safetensors", 240_000_000, 0), weight(".ipynb", 6_100_000, 2), weight("", 12_000, 3)},
		Kinds:      []repoclean.Weight{weight("checkpoint", 240_000_000, 0), weight("notebook", 6_100_000, 2)},
		Largest:    []repoclean.Blob{blob("checkpoints/step-100.safetensors", 240_000_000, false), blob("data/sample.parquet", 14_000_000, true), blob(hostile, 9_000, true)},
		LFS: repoclean.LFS{
			History: repoclean.Totals{Files: 4, Bytes: 31_000_000_000}, Tree: repoclean.Totals{Files: 2, Bytes: 15_400_000_000},
			Largest: []repoclean.LFSObject{{Path: "checkpoints/step-20000.safetensors", Bytes: 15_400_000_000, Commit: "aabbccddeeff00112233445566778899aabbccdd", InTree: true}},
			Raw:     []string{"assets/old.model"},
		},
		Growth: &repoclean.Growth{
			Base: "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678", Head: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
			Added:   repoclean.Objects{Count: 9, Bytes: 14_100_000, Packed: 12_400_000},
			Commits: []repoclean.CommitGrowth{{Commit: "ccddeeff00112233445566778899aabbccddeeff", Subject: hostile, Author: "Mira Okafor", Date: date(28), Added: repoclean.Objects{Count: 9, Bytes: 14_100_000, Packed: 12_400_000}}},
			Largest: []repoclean.Blob{blob("data/sample.parquet", 14_000_000, true)},
		},
	}
	for i := range pageRows + 5 {
		a.Directories = append(a.Directories, weight("dir/"+string(rune('a'+i)), int64(1_000_000-i*1000), i))
	}
	return a
}

func TestAudit(t *testing.T) {
	a := sampleAudit()
	golden(t, "audit.txt", written(t, func(w io.Writer) error { return AuditText(w, a, streams.Palette{}) }))
	golden(t, "audit.md", written(t, func(w io.Writer) error { return AuditMarkdown(w, a) }))
	golden(t, "audit.json", written(t, func(w io.Writer) error { return AuditJSON(w, a) }))
}
