// Command ledger computes, with Go's checksum-database library, what libs/ledger must compute too: leaf hashes of entry
// texts, roots, C2SP tiles, inclusion and consistency proofs. It shares no code with libs/ledger. Output: vectors.json.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

type entryVector struct {
	Tenant        string `json:"tenant"`
	Kind          string `json:"kind"`
	ReceivedAt    string `json:"received_at"`
	Producer      string `json:"producer"`
	SaltHex       string `json:"salt_hex"`
	ContentBase64 string `json:"content_base64"`
	Commitment    string `json:"commitment"`
	Text          string `json:"text"`
	Leaf          string `json:"leaf"`
}

type rootVector struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

type tileVector struct {
	Level  int    `json:"level"`
	Index  int64  `json:"index"`
	Width  int    `json:"width"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of the tile's bytes
}

type inclusionVector struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Proof []string `json:"proof"`
}

type consistencyVector struct {
	OldSize int64    `json:"old_size"`
	NewSize int64    `json:"new_size"`
	Proof   []string `json:"proof"`
}

type pathVector struct {
	Level int    `json:"level"` // -1: entries
	Index int64  `json:"index"`
	Width int    `json:"width"`
	Path  string `json:"path"`
}

type vectors struct {
	Seed        string              `json:"seed"` // record i of the log is the text "<seed> <i>\n"
	Size        int64               `json:"size"`
	Entries     []entryVector       `json:"entries"`
	BundleHash  string              `json:"bundle_sha256"` // of the entry bundle of the entries above
	Roots       []rootVector        `json:"roots"`
	Tiles       []tileVector        `json:"tiles"`
	Inclusion   []inclusionVector   `json:"inclusion"`
	Consistency []consistencyVector `json:"consistency"`
	Paths       []pathVector        `json:"paths"`
}

const (
	seed       = "onbehalf ledger conformance"
	size       = 70000
	tileHeight = 8
)

// stored is the hash storage of the whole log, in tlog's order.
var stored []tlog.Hash

func main() {
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i := range int64(size) {
		hashes, err := tlog.StoredHashes(i, fmt.Appendf(nil, "%s %d\n", seed, i), reader)
		check(err)
		stored = append(stored, hashes...)
	}

	out := vectors{Seed: seed, Size: size}
	out.Entries, out.BundleHash = entries()

	sizes := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 100, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1000, 4095,
		4096, 65279, 65280, 65535, 65536, 65537, 65791, 65792, 65793, size}
	roots := map[int64]tlog.Hash{}
	root := func(n int64) tlog.Hash {
		if _, ok := roots[n]; !ok {
			hash, err := tlog.TreeHash(n, reader)
			check(err)
			roots[n] = hash
		}
		return roots[n]
	}
	out.Roots = append(out.Roots, rootVector{0, base64.StdEncoding.EncodeToString(emptyRoot())})
	for _, n := range sizes {
		out.Roots = append(out.Roots, rootVector{n, root(n).String()})
	}

	// NewTiles gives the full tiles a log of that size has written and the partial ones it has now.
	for _, n := range []int64{1, 255, 256, 257, 1000, size} {
		for _, tile := range tlog.NewTiles(tileHeight, 0, n) {
			if n == size && tile.W == 256 && tile.L == 0 && tile.N%16 != 0 {
				continue // every sixteenth is enough, and keeps the file small
			}
			data, err := tlog.ReadTileData(tile, reader)
			check(err)
			sum := sha256.Sum256(data)
			out.Tiles = append(out.Tiles, tileVector{tile.L, tile.N, tile.W, c2spPath(tile), hex.EncodeToString(sum[:])})
		}
	}

	for _, n := range []int64{1, 2, 3, 7, 8, 255, 256, 257, 513, 1000, 65535, 65536, 65537, size} {
		for _, index := range distinct(0, n/3, n/2, n-2, n-1) {
			if index < 0 || index >= n {
				continue
			}
			proof, err := tlog.ProveRecord(n, index, reader)
			check(err)
			leaf := tlog.RecordHash(fmt.Appendf(nil, "%s %d\n", seed, index))
			check(tlog.CheckRecord(proof, n, root(n), index, leaf))
			out.Inclusion = append(out.Inclusion, inclusionVector{index, n, texts(proof)})
		}
	}

	marks := []int64{1, 2, 3, 6, 8, 255, 256, 257, 512, 1000, 65535, 65536, 65537, size}
	for i, oldSize := range marks {
		for j, newSize := range marks[i:] {
			if i > 4 && (i+j)%2 == 1 {
				continue
			}
			proof, err := tlog.ProveTree(newSize, oldSize, reader)
			check(err)
			check(tlog.CheckTree(proof, newSize, root(newSize), oldSize, root(oldSize)))
			out.Consistency = append(out.Consistency, consistencyVector{oldSize, newSize, texts(proof)})
		}
	}

	for _, tile := range []tlog.Tile{
		{H: tileHeight, L: 0, N: 0, W: 256}, {H: tileHeight, L: 0, N: 1234067, W: 256}, {H: tileHeight, L: 1, N: 999, W: 1},
		{H: tileHeight, L: 63, N: 1000, W: 255}, {H: tileHeight, L: -1, N: 273, W: 112},
		{H: tileHeight, L: 2, N: 1 << 40, W: 17}, {H: tileHeight, L: 0, N: 1<<53 - 1, W: 256},
	} {
		out.Paths = append(out.Paths, pathVector{tile.L, tile.N, tile.W, c2spPath(tile)})
	}

	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(out))
}

// entries are written here from design/journal.md alone.
func entries() ([]entryVector, string) {
	contents := [][]byte{{}, []byte("{}"), []byte(`{"specversion":"1.0","id":"é"}`), make([]byte, 20000)}
	rows := [][4]string{
		{"acme", "cloudevent", "2026-11-24T08:09:10.000123Z", "default"},
		{"_unassigned", "tombstone", "1999-12-31T23:59:59.999999Z", "0"},
		{"a.b-c_d", "otlp-span-proto", "2026-02-28T00:00:00.000000Z", "collector-1.eu"},
		{"acme", "own", "2030-01-01T12:34:56.789012Z", "notary"},
	}
	var vectors []entryVector
	var bundle []byte
	for i, row := range rows {
		salt := sha256.Sum256(fmt.Appendf(nil, "%s salt %d", seed, i))
		commitment := sha256.Sum256(append(salt[:16:16], contents[i]...))
		encoded := base64.StdEncoding.EncodeToString(commitment[:])
		text := "onbehalf.entry/v1\n" + strings.Join(row[:], "\n") + "\n" + encoded + "\n"
		vectors = append(vectors, entryVector{
			row[0], row[1], row[2], row[3], hex.EncodeToString(salt[:16]),
			base64.StdEncoding.EncodeToString(contents[i]), encoded, text, tlog.RecordHash([]byte(text)).String(),
		})
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(text)))
		bundle = append(bundle, text...)
	}
	sum := sha256.Sum256(bundle)
	return vectors, hex.EncodeToString(sum[:])
}

// c2spPath is tlog's path without the tile height, which C2SP fixes at 8, and with its word for data tiles.
func c2spPath(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func emptyRoot() []byte {
	sum := sha256.Sum256(nil)
	return sum[:]
}

func texts[P ~[]tlog.Hash](proof P) []string {
	out := []string{}
	for _, hash := range proof {
		out = append(out, hash.String())
	}
	return out
}

func distinct(values ...int64) []int64 {
	var out []int64
	seen := map[int64]bool{}
	for _, value := range values {
		if !seen[value] {
			out = append(out, value)
		}
		seen[value] = true
	}
	return out
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
