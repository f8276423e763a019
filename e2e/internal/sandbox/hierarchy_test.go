package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHierarchies(t *testing.T) {
	cases := map[string]struct {
		mounts, own string
		want        []hierarchy
	}{
		"version 1 beside 2": {
			mounts: `26 23 0:22 / /sys/fs/cgroup rw shared:4 - tmpfs tmpfs ro,mode=755
30 26 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:8 - cgroup cgroup rw,cpu,cpuacct
31 26 0:27 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
32 26 0:28 / /sys/fs/cgroup/systemd rw shared:5 - cgroup cgroup rw,xattr,name=systemd
33 26 0:29 / /sys/fs/cgroup/unified rw shared:6 - cgroup2 cgroup2 rw,nsdelegate`,
			own: "4:memory:/a/b\n3:cpu,cpuacct:/\n1:name=systemd:/user\n0::/user",
			want: []hierarchy{
				{"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"},
				{"memory", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/a/b"},
				{"none,name=systemd", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/systemd/user"},
				{"", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/user"},
			},
		},
		"version 2 alone": {
			mounts: "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate",
			own:    "0::/user.slice/session-1.scope\n",
			want:   []hierarchy{{"", "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/session-1.scope"}},
		},
		"a container's mount begins far down": {
			mounts: "31 26 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
			own:    "4:memory:/docker/abc/x",
			want:   []hierarchy{{"memory", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/x"}},
		},
		"mounted twice": {
			mounts: "30 23 0:26 / /a rw - cgroup2 cgroup2 rw\n31 23 0:26 / /b rw - cgroup2 cgroup2 rw",
			own:    "0::/",
			want:   []hierarchy{{"", "/a", "/a"}},
		},
		"none, and lines that are none": {"1 2 3 - x\n- cgroup\n", "x\n:\n", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parseHierarchies(c.mounts, c.own)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCovered(t *testing.T) {
	for path, want := range map[string]bool{
		"/run": true, "/var/lib/x": true, "/var/log": true, "/var/library": false, "/root/run": false, "/": false,
	} {
		if got := Covered(path); got != want {
			t.Errorf("Covered(%q) is %v", path, got)
		}
	}
}
