package report

import (
	"io"
	"testing"
	"time"

	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

func sampleAudit() audit.Report {
	date := func(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }
	blob := func(path string, size int64, inTree bool) audit.Blob {
		return audit.Blob{
			Hash: "0123456789abcdef0123456789abcdef01234567", Path: path, Bytes: size, Packed: size / 2,
			Commit: "aabbccddeeff00112233445566778899aabbccdd", Author: "Mira Okafor", Date: date(4), InTree: inTree,
		}
	}
	weight := func(name string, packed int64, files int) audit.Weight {
		return audit.Weight{
			Name: name, History: audit.Objects{Count: files + 3, Bytes: packed * 2, Packed: packed},
			Tree: repoclean.Totals{Files: files, Bytes: packed / 3},
		}
	}
	r := audit.Report{
		APIVersion: "gantline.dev/v1", Kind: audit.ReportKind, Revision: "main..faster-eval",
		Commit: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Unknown: audit.Unknown{Shallow: true},
		History: audit.History{
			Commits: 48, First: date(1), Last: date(28),
			Blobs: audit.Objects{Count: 310, Bytes: 312_000_000, Packed: 251_000_000},
			Trees: audit.Objects{Count: 190, Bytes: 410_000, Packed: 60_000}, CommitObjects: audit.Objects{Count: 48, Bytes: 14_000, Packed: 9_000},
		},
		Tree:       repoclean.Totals{Files: 17, Bytes: 19_700_000},
		Extensions: []audit.Weight{weight(".safetensors", 240_000_000, 0), weight(".ipynb", 6_100_000, 2), weight("", 12_000, 3)},
		Kinds:      []audit.Weight{weight("checkpoint", 240_000_000, 0), weight("notebook", 6_100_000, 2)},
		Largest:    []audit.Blob{blob("checkpoints/step-100.safetensors", 240_000_000, false), blob("data/sample.parquet", 14_000_000, true), blob(hostile, 9_000, true)},
		LFS: audit.LFS{
			History: repoclean.Totals{Files: 4, Bytes: 31_000_000_000}, Tree: repoclean.Totals{Files: 2, Bytes: 15_400_000_000},
			Largest: []audit.LFSObject{{Path: "checkpoints/step-20000.safetensors", Bytes: 15_400_000_000, Commit: "aabbccddeeff00112233445566778899aabbccdd", InTree: true}},
			Raw:     []string{"assets/old.model"},
		},
		Growth: &audit.Growth{
			Base: "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678", Head: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",
			Commits: []audit.CommitGrowth{{Commit: "ccddeeff00112233445566778899aabbccddeeff", Subject: hostile, Author: "Mira Okafor", Date: date(28), Added: audit.Objects{Count: 9, Bytes: 14_100_000, Packed: 12_400_000}}},
		},
	}
	for i := range pageRows + 5 {
		r.Directories = append(r.Directories, weight("dir/"+string(rune('a'+i)), int64(1_000_000-i*1000), i))
	}
	return r
}

func TestAudit(t *testing.T) {
	a := sampleAudit()
	golden(t, "audit.txt", written(t, func(w io.Writer) error { return AuditText(w, a, streams.Palette{}) }))
	golden(t, "audit.md", written(t, func(w io.Writer) error { return AuditMarkdown(w, a) }))
	golden(t, "audit.json", written(t, func(w io.Writer) error { return AuditJSON(w, a) }))
}
