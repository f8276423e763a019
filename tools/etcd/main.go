// Command etcd is etcd's own server: its module has the program as a package,
// and its main stands in another module that can't be required.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
