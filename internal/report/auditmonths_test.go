package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// TestAuditVerdict: that no budget was passed is said only where one was set.
func TestAuditVerdict(t *testing.T) {
	t.Parallel()
	growth := audit.Report{Growth: &audit.Growth{}}
	for class, budgets := range map[string]repoclean.Budgets{"": {Context: 1}, "passed": {File: 1}} {
		if got := auditVerdict(growth.Judged(budgets)); got.Class != class {
			t.Errorf("with %+v the verdict is %+v", budgets, *got)
		}
	}
}

// TestSilentMonths: months without a commit are one row, and don't hide what
// was before them.
func TestSilentMonths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		months       string // a letter each: c has commits, - has none
		most         int
		want, before string
	}{
		{"nothing is silent", "ccc", 5, "1 2 3", ""},
		{"the oldest are cut", "cccc", 3, "2 3 4", "Before them 1 month brought 10 B."},
		{"a short silence is shown", "c--c", 5, "1 2 3 4", ""},
		{"a long one is a row", "cc-----c", 5, "1 2 5 empty 8", ""},
		{"it counts as one of the most", "cc-----c", 3, "2 5 empty 8", "Before them 1 month brought 10 B."},
		{"the first and the last", "---c---", 5, "3 empty 4 3 empty", ""},
		{"two of them", "c---c----c", 4, "3 empty 5 4 empty 10", "Before them 1 month brought 10 B."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var report audit.Report
			for i, letter := range test.months {
				month := audit.Month{Month: thousands(int64(i + 1))}
				if letter == 'c' {
					month.Commits, month.Added.Packed = 1, 10
				}
				report.Months = append(report.Months, month)
			}
			got := lastMonths(monthsTable(report), test.most)
			var names []string
			for _, row := range got.Rows {
				names = append(names, row.Cells[0].Text)
			}
			if diff := cmp.Diff(test.want, strings.Join(names, " ")); diff != "" {
				t.Errorf("months (-want +got):\n%s", diff)
			}
			if got.Note != test.before {
				t.Errorf("the note is %q, want %q", got.Note, test.before)
			}
		})
	}
}
