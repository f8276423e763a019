package report

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

const (
	sampleHead = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
	sampleBase = "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"
)

func sampleDate(month, day int) time.Time {
	return time.Date(2024, time.Month(month), day, 12, 0, 0, 0, time.UTC)
}

func sampleBlob(path string, size int64, inTree bool) audit.Blob {
	return audit.Blob{
		Hash: "0123456789abcdef0123456789abcdef01234567", Path: path, Kind: repoclean.KindOf(path), Bytes: size, Packed: size * 3 / 4,
		Commit: "aabbccddeeff00112233445566778899aabbccdd", Author: "Mira Okafor", Date: sampleDate(3, 4), InTree: inTree,
	}
}

// sampleFile is one path of a made-up history.
type sampleFile struct {
	path    string
	tree    int64 // bytes in the checkout
	packed  int64 // of all versions
	deleted bool
}

// sampleFiles is the files of a repository that grew as those of ML teams do.
func sampleFiles() []sampleFile {
	random := rand.New(rand.NewPCG(7, 7))
	var files []sampleFile
	add := func(pattern string, n int, from, to int64, versions int64, deleted bool) {
		for i := range n {
			size := from + random.Int64N(to-from)
			f := sampleFile{path: fmt.Sprintf(pattern, i), tree: size, packed: size * versions * 3 / 4, deleted: deleted}
			if deleted {
				f.tree = 0
			}
			files = append(files, f)
		}
	}
	add("checkpoints/run-%d/model.safetensors", 5, 90e6, 240e6, 1, true)
	add("checkpoints/run-%d/optimizer.pt", 3, 30e6, 90e6, 1, true)
	add("data/episodes/shard-%03d.parquet", 40, 200e3, 6e6, 2, false)
	add("data/raw/crawl-%d.jsonl", 6, 1e6, 22e6, 1, true)
	add("assets/reward-%d.model", 2, 10e6, 20e6, 1, false)
	add("notebooks/explore-%d.ipynb", 9, 100e3, 4e6, 5, false)
	add("notebooks/archive/old_%d.ipynb", 12, 100e3, 2e6, 2, true)
	add("agent/module_%02d.py", 30, 2e3, 40e3, 6, false)
	add("agent/envs/browser/page_%02d.py", 14, 2e3, 20e3, 6, false)
	add("tests/test_%02d.py", 25, 1e3, 12e3, 3, false)
	add("docs/figures/curve-%d.png", 11, 80e3, 900e3, 2, false)
	add("docs/page-%d.md", 8, 2e3, 20e3, 4, false)
	add("config/suite-%d.yaml", 12, 500, 6e3, 4, false)
	add("vendor/wheels/pkg_%d.whl", 4, 2e6, 9e6, 1, false)
	files = append(files, sampleFile{path: "lib/" + hostile + ".py", tree: 40_000, packed: 30_000})
	return files
}

// sampleArea is files as nested areas.
func sampleArea(files []sampleFile, size func(sampleFile) int64) audit.Area {
	root := audit.Area{}
	byName := map[string][]sampleFile{}
	kinds := map[repoclean.FileKind]int64{}
	gone := true
	for _, f := range files {
		if size(f) == 0 {
			continue
		}
		root.Bytes, root.Files = root.Bytes+size(f), root.Files+1
		kinds[repoclean.KindOf(f.path)] += size(f)
		gone = gone && f.deleted
		first, rest, _ := strings.Cut(f.path, "/")
		if rest != "" || f.path != "" {
			f.path = rest
			byName[first] = append(byName[first], f)
		}
	}
	root.Deleted = gone
	for kind, bytes := range kinds {
		if root.Kind == "" || bytes > kinds[root.Kind] || bytes == kinds[root.Kind] && kind < root.Kind {
			root.Kind = kind
		}
	}
	for name, inside := range byName {
		var area audit.Area
		if len(inside) == 1 && inside[0].path == "" {
			area = audit.Area{Bytes: size(inside[0]), Files: 1, Kind: repoclean.KindOf(name), Deleted: inside[0].deleted}
		} else {
			area = sampleArea(inside, size)
		}
		area.Name = name
		root.Areas = append(root.Areas, area)
	}
	slices.SortFunc(root.Areas, func(a, b audit.Area) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return root
}

// sampleWeights sums files up by a name.
func sampleWeights(files []sampleFile, name func(string) string) []audit.Weight {
	sums := map[string]*audit.Weight{}
	for _, f := range files {
		w := sums[name(f.path)]
		if w == nil {
			w = &audit.Weight{Name: name(f.path)}
			sums[w.Name] = w
		}
		all := audit.Objects{Count: 3, Bytes: f.packed * 4 / 3, Packed: f.packed}
		w.History = w.History.Plus(all)
		if !f.deleted {
			w.Now = w.Now.Plus(audit.Objects{Count: 1, Bytes: f.tree, Packed: min(f.tree*3/4, f.packed)})
			w.Tree.Add(f.tree)
		}
	}
	var out []audit.Weight
	for _, w := range sums {
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b audit.Weight) int {
		return cmp.Or(cmp.Compare(b.History.Packed, a.History.Packed), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), 20)]
}

// sampleMonths is 31 months, in one of which a checkpoint came.
func sampleMonths() []audit.Month {
	random := rand.New(rand.NewPCG(3, 3))
	var months []audit.Month
	for i := range 31 {
		at := time.Date(2024, time.January+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
		month := audit.Month{Month: at.Format("2006-01"), Commits: random.IntN(90), Kinds: map[repoclean.FileKind]int64{}}
		if i != 7 { // a month of holidays
			month.Kinds[repoclean.Code] = random.Int64N(2e6)
			month.Kinds[repoclean.Notebook] = random.Int64N(8e6)
			month.Kinds[repoclean.Data] = random.Int64N(30e6)
		}
		if i%6 == 4 {
			month.Kinds[repoclean.Model] = 60e6 + random.Int64N(170e6)
			month.LFS = random.Int64N(9e9)
		}
		if i%11 == 3 {
			month.Kinds[repoclean.Archive] = random.Int64N(20e6)
			month.Kinds[repoclean.Media] = random.Int64N(20e6)
		}
		for _, bytes := range month.Kinds {
			month.Added.Packed += bytes
		}
		month.Added.Packed += int64(month.Commits) * 900
		month.Added.Count, month.Added.Bytes = month.Commits*6, month.Added.Packed*3/2
		months = append(months, month)
	}
	return months
}

func sampleMeasures() []audit.Measure {
	measure := func(group, name, text string, value int64, unit string, reference float64, path string) audit.Measure {
		return audit.Measure{Group: group, Name: name, Text: text, Value: value, Unit: unit, Reference: reference, Concern: float64(value) / reference, Path: path}
	}
	return []audit.Measure{
		measure("overall", "uniqueCommitCount", "commits", 1482, "", 500e3, ""),
		measure("overall", "uniqueBlobSize", "bytes of blobs", 1_480_000_000, "bytes", 10e9, ""),
		measure("biggest", "maxBlobSize", "largest blob", 238_000_000, "bytes", 10e6, "checkpoints/run-3/model.safetensors"),
		measure("biggest", "maxParentCount", "parents of a commit", 2, "", 10, ""),
		measure("checkout", "maxPathDepth", "depth of a path", 14, "", 10, "vendor/a/b/c/d/e/f/g/h/i/j/k/l/"+hostile),
		measure("checkout", "maxPathLength", "length of a path", 3300, "", 100, "vendor/a/b/c"),
	}
}

func sampleLFS() audit.LFS {
	return audit.LFS{
		History: repoclean.Totals{Files: 14, Bytes: 31_000_000_000}, Tree: repoclean.Totals{Files: 4, Bytes: 15_600_000_000},
		Local: repoclean.Totals{Files: 2, Bytes: 8_400_000}, LocalTree: repoclean.Totals{Files: 1, Bytes: 4_200_000},
		Largest: []audit.LFSObject{
			{OID: "ab", Path: "checkpoints/step-20000.safetensors", Bytes: 15_400_000_000, Commit: "aabbccddeeff00112233445566778899aabbccdd", InTree: true},
			{OID: "cd", Path: "checkpoints/step-10000.safetensors", Bytes: 15_400_000_000, Commit: "aabbccddeeff00112233445566778899aabbccdd"},
			{OID: "ef", Path: "assets/tokenizer.model", Bytes: 4_200_000, Commit: "aabbccddeeff00112233445566778899aabbccdd", InTree: true, Local: true},
		},
		Raw: []string{"assets/reward-0.model", hostile}, Unattributed: []string{"data/old.bin"},
		Duplicates: []audit.Duplicate{{Hash: "ab", Kind: repoclean.Model, Bytes: 4_200_000, Paths: []string{"assets/tokenizer.model", "lib/tokenizer.model"}}},
	}
}

func sampleStore() *audit.Store {
	return &audit.Store{
		Packs: repoclean.Totals{Files: 61, Bytes: 1_240_000_000}, Loose: repoclean.Totals{Files: 7100, Bytes: 14_000_000},
		OtherRefs: audit.Objects{Count: 212, Bytes: 44_000_000, Packed: 21_000_000}, Unreachable: audit.Objects{Count: 12, Bytes: 80_000_000, Packed: 77_000_000},
		LargestUnreachable: []audit.Blob{{Hash: "fedcba9876543210fedcba9876543210fedcba98", Bytes: 79_000_000, Packed: 76_000_000}},
		Borrowed:           true, Repack: []string{"There are 61 packs; git repack -ad makes one of them.", "7100 objects lie alone; git gc packs them."},
	}
}

// sampleHistory is the audit of a whole history: everything occurs in it.
func sampleHistory() audit.Report {
	files := sampleFiles()
	r := audit.Report{
		APIVersion: "gantline.dev/v1", Kind: audit.ReportKind, Revision: "main", Commit: sampleHead,
		Unknown: audit.Unknown{
			Shallow: true, CutOffCommit: 2, Partial: true, MissingBlobs: 310, MissingInTree: 12, LFSAbsent: 3,
			Damaged: []string{"error: inflate: data stream error of 0123456789abcdef0123456789abcdef01234567 \x1b[31m"},
		},
		History: audit.History{
			Commits: 1482, First: sampleDate(1, 9), Last: sampleDate(31, 12),
			Trees: audit.Objects{Count: 5190, Bytes: 4_410_000, Packed: 960_000}, CommitObjects: audit.Objects{Count: 1482, Bytes: 414_000, Packed: 290_000},
		},
		Measures: sampleMeasures(), Months: sampleMonths(),
		Paths:       sampleWeights(files, func(path string) string { return path }),
		Directories: sampleWeights(files, func(path string) string { first, _, _ := strings.Cut(path, "/"); return first }),
		Extensions:  sampleWeights(files, func(path string) string { return path[max(strings.LastIndex(path, "."), 0):] }),
		Kinds:       sampleWeights(files, func(path string) string { return string(repoclean.KindOf(path)) }),
		Authors: sampleWeights(files, func(path string) string {
			return []string{"Mira Okafor", "Jón Halldórsson", "Ana Duarte", hostile}[len(path)%4]
		}),
		TreeMap:    sampleArea(files, func(f sampleFile) int64 { return f.tree }),
		HistoryMap: sampleArea(files, func(f sampleFile) int64 { return f.packed }),
		Duplicates: []audit.Duplicate{{
			Hash: "00", Kind: repoclean.Model, Bytes: 14_000_000,
			Paths: []string{"assets/reward-0.model", "assets/old/reward.model", "experiments/curriculum/assets/reward-copy.model", hostile, "z/reward.model"},
		}},
		Finds: []audit.Find{
			{Path: "vendor/wheels/pkg_0.whl", What: "archive", Bytes: 8_400_000}, {Path: "assets/reward-0.model", What: "checkpoint", Bytes: 14_000_000},
			{Path: "notebooks/explore-1.ipynb", What: "notebook outputs", Bytes: 3_100_000},
		},
		LFS: sampleLFS(), Store: sampleStore(),
	}
	for _, f := range files {
		r.Largest = append(r.Largest, sampleBlob(f.path, f.packed*4/3/3+f.tree/2, !f.deleted))
		if !f.deleted {
			r.Tree.Add(f.tree)
			r.LargestInTree = append(r.LargestInTree, sampleBlob(f.path, f.tree, true))
		}
	}
	for _, w := range r.Kinds {
		r.History.Blobs = r.History.Blobs.Plus(w.History)
		r.History.Now = r.History.Now.Plus(w.Now)
		r.History.Deleted = r.History.Deleted.Plus(audit.Objects{Count: w.History.Count - w.Now.Count, Bytes: w.History.Bytes - w.Now.Bytes, Packed: w.History.Packed - w.Now.Packed})
	}
	for _, blobs := range []*[]audit.Blob{&r.Largest, &r.LargestInTree} {
		slices.SortFunc(*blobs, func(a, b audit.Blob) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path))
		})
		*blobs = (*blobs)[:20]
	}
	return r.Judged(repoclean.Budgets{File: 15_000_000})
}

// sampleAudit is the audit of a range that passes a budget, in a shallow clone.
func sampleAudit() audit.Report {
	files := []sampleFile{
		{path: "data/sample.parquet", tree: 14_000_000, packed: 11_900_000},
		{path: "notebooks/curriculum.ipynb", tree: 610_000, packed: 420_000},
		{path: "agent/evaluate.py", tree: 6_100, packed: 2_100},
	}
	r := audit.Report{
		APIVersion: "gantline.dev/v1", Kind: audit.ReportKind, Revision: "main..faster-eval", Commit: sampleHead,
		Unknown: audit.Unknown{Shallow: true, CutOffCommit: 1},
		History: audit.History{
			Commits: 3, First: sampleDate(3, 1), Last: sampleDate(3, 28), Blobs: audit.Objects{Count: 7, Bytes: 14_700_000, Packed: 12_322_000},
			Trees: audit.Objects{Count: 9, Bytes: 41_000, Packed: 6_000}, CommitObjects: audit.Objects{Count: 3, Bytes: 1_400, Packed: 900},
			Now: audit.Objects{Count: 7, Bytes: 14_700_000, Packed: 12_322_000},
		},
		Tree:    repoclean.Totals{Files: 17, Bytes: 19_700_000},
		Paths:   sampleWeights(files, func(path string) string { return path }),
		Kinds:   sampleWeights(files, func(path string) string { return string(repoclean.KindOf(path)) }),
		Largest: []audit.Blob{sampleBlob("data/sample.parquet", 14_000_000, true), sampleBlob("notebooks/curriculum.ipynb", 610_000, true), sampleBlob(hostile, 9_000, true)},
		LFS: audit.LFS{
			History: repoclean.Totals{Files: 1, Bytes: 15_400_000_000}, Tree: repoclean.Totals{Files: 2, Bytes: 15_404_000_000},
			Largest: []audit.LFSObject{{Path: "checkpoints/step-20000.safetensors", Bytes: 15_400_000_000, Commit: "aabbccddeeff00112233445566778899aabbccdd", InTree: true}},
		},
		HistoryMap: sampleArea(files, func(f sampleFile) int64 { return f.packed }),
		TreeMap:    sampleArea(files, func(f sampleFile) int64 { return f.tree }),
		Months: []audit.Month{{Month: "2024-03", Commits: 3, Added: audit.Objects{Count: 19, Bytes: 14_742_400, Packed: 12_328_900},
			Kinds: map[repoclean.FileKind]int64{repoclean.Data: 11_900_000, repoclean.Notebook: 420_000, repoclean.Code: 2_100}, LFS: 15_400_000_000}},
		Growth: &audit.Growth{Base: sampleBase, Head: sampleHead, LFS: 15_400_000_000},
		Breaches: []repoclean.Breach{{
			Budget: "commit_growth", Limit: 5_000_000, Actual: 12_328_900, Commit: "bbcc",
			Message: "3 commits add 12.3 MB, packed, to history, more than budgets.commit_growth (5.00 MB)",
			Hint:    "keep large files in Git LFS or outside the repository and take them out of the commits before they are merged, or raise the budget",
		}},
	}
	commit := func(hash, subject, author string, day int, packed, lfs int64) {
		r.Growth.Commits = append(r.Growth.Commits, audit.CommitGrowth{
			Commit: strings.Repeat(hash, 10), Subject: subject, Author: author, Date: sampleDate(3, day),
			Added: audit.Objects{Count: 5, Bytes: packed * 6 / 5, Packed: packed}, LFS: lfs,
		})
	}
	commit("ccdd", "Evaluate in parallel", "Mira Okafor", 1, 8_900, 0)
	commit("bbcc", "A sample of the episodes, so that tests need no download", "Jón Halldórsson", 12, 12_300_000, 0)
	commit("eeff", hostile, hostile, 28, 20_000, 15_400_000_000)
	return r
}

// smallAudits are repositories that leave much empty.
func smallAudits() map[string]audit.Report {
	one := []sampleFile{{path: "model.bin", tree: 900_000_000, packed: 880_000_000}}
	huge := audit.Report{
		APIVersion: "gantline.dev/v1", Kind: audit.ReportKind, Revision: "HEAD", Commit: sampleHead,
		History: audit.History{
			Commits: 1, First: sampleDate(3, 1), Last: sampleDate(3, 1), Blobs: audit.Objects{Count: 1, Bytes: 900_000_000, Packed: 880_000_000},
			Trees: audit.Objects{Count: 1, Bytes: 41, Packed: 50}, CommitObjects: audit.Objects{Count: 1, Bytes: 200, Packed: 150}, Now: audit.Objects{Count: 1, Bytes: 900_000_000, Packed: 880_000_000},
		},
		Tree: repoclean.Totals{Files: 1, Bytes: 900_000_000}, Largest: []audit.Blob{sampleBlob("model.bin", 900_000_000, true)},
		LargestInTree: []audit.Blob{sampleBlob("model.bin", 900_000_000, true)},
		Paths:         sampleWeights(one, func(path string) string { return path }), Kinds: sampleWeights(one, func(string) string { return "model" }),
		HistoryMap: sampleArea(one, func(f sampleFile) int64 { return f.packed }), TreeMap: sampleArea(one, func(f sampleFile) int64 { return f.tree }),
		Months: []audit.Month{{Month: "2024-03", Commits: 1, Added: audit.Objects{Count: 3, Packed: 880_000_200}, Kinds: map[repoclean.FileKind]int64{repoclean.Model: 880_000_000}}},
	}
	empty := audit.Report{
		APIVersion: "gantline.dev/v1", Kind: audit.ReportKind, Revision: "main..main", Commit: sampleHead, Growth: &audit.Growth{Base: sampleHead, Head: sampleHead},
	}
	return map[string]audit.Report{"audit-huge": huge, "audit-empty": empty}
}

// filled is a report with lists that are empty where they were nil, as audit.Run
// makes them.
func filled(r audit.Report) audit.Report {
	fill(reflect.ValueOf(&r).Elem())
	return r
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[audit.Area]() {
				fill(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	}
}
