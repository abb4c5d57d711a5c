// go-car verifies a CAR with the go-car library, as its command `car verify` does: every section read, every block hashed.
//
// usage: go-car FILE
package main

import (
	"fmt"
	"os"

	car "github.com/ipld/go-car/v2"
)

func verify(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := car.NewReader(file)
	if err != nil {
		return err
	}
	_, err = reader.Inspect(true)
	return err
}

func main() {
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	if err := verify(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "go-car:", err)
		os.Exit(1)
	}
}
