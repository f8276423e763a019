// Package lfs brings the contents that Git LFS keeps elsewhere onto this
// machine, so that an image can be built from them.
//
// A newcomer starts at Store, a directory of contents by their digest:
//
//	local, err := repo.LFSStore(ctx)
//	store := lfs.NewStore(dir, local)
//	err = store.Fetch(ctx, lfs.Source{Repo: repo, Tree: commit}, objects, nil)
//	rc, size, err := store.Open(objects[0].OID)
//
// Fetch asks for what neither the store nor the repository's own .git/lfs has:
// package gitrepo finds the server and the login as git-lfs would, this package
// speaks the batch API to it. What comes is hashed on its way to the disk and
// gets its name once it is whole.
//
// Everything can be killed at any moment. A transfer that was cut goes on where
// it ended, in this process or in the next; two processes that want the same
// object take turns, and the second finds it there.
package lfs
