package rows

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type parquetAccount struct {
	ID      string   `parquet:"id"`
	Name    *string  `parquet:"Account Name,optional,zstd"`
	Domains []string `parquet:"domains,list"`
	Address struct {
		City string `parquet:"city,dict"`
	} `parquet:"address"`
	Labels struct {
		Tier string `parquet:"tier"`
	} `parquet:"labels"`
	Numbers struct {
		Revenue  float64   `parquet:"revenue"`
		Staff    int32     `parquet:"staff"`
		Since    time.Time `parquet:"since,timestamp(microsecond)"`
		Budget   int64     `parquet:"budget,decimal(2:18)"`
		Founded  int32     `parquet:"founded,date"`
		Discount float32   `parquet:"discount"`
	} `parquet:"numbers"`
}

func writeParquet(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accounts.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := parquet.NewGenericWriter[parquetAccount](f, parquet.MaxRowsPerRowGroup(1000))
	for i := range n {
		a := parquetAccount{ID: fmt.Sprintf("a%d", i), Domains: []string{"a.com", "b.com"}[:i%3]}
		if i%2 == 0 {
			name := fmt.Sprintf("Name \"%d\"", i)
			a.Name = &name
		}
		a.Address.City, a.Labels.Tier = "Köln", "gold"
		a.Numbers.Revenue, a.Numbers.Staff, a.Numbers.Since = 1.5, int32(i), time.Unix(1_000_000_000, 0)
		a.Numbers.Budget, a.Numbers.Founded, a.Numbers.Discount = 12345, 365, .5
		if _, err := w.Write([]parquetAccount{a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func openAccounts(path string) ([]*leadmatchv1.Account, []string, error) {
	in, err := Open(path, InputOptions{}, nil)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	r, err := NewAccounts(in, nil)
	if err != nil {
		return nil, nil, err
	}
	accounts, faults := drain(r)
	if len(faults) == 0 && in.Offset() != in.Size {
		faults = append(faults, fmt.Sprintf("%d of %d bytes were read", in.Offset(), in.Size))
	}
	return accounts, faults, nil
}

func TestParquet(t *testing.T) {
	const n = 2500
	path := writeParquet(t, n)
	accounts, faults, err := openAccounts(path)
	if err != nil || len(accounts) != n || len(faults) > 0 {
		t.Fatalf("got %d accounts, %v, %v", len(accounts), faults, err)
	}
	want := `{"id":"a2","name":"Name \"2\"","domains":["a.com","b.com"],"addresses":[{"city":"Köln"}],"labels":{"tier":"gold"},` +
		`"numbers":{"budget":123.45,"discount":0.5,"founded":3.1536e+07,"revenue":1.5,"since":1e+09,"staff":2}}`
	if got := string(AppendJSON(nil, accounts[2])); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := accounts[n-1]; got.GetId() != "a2499" || got.GetName() != "" || len(got.GetDomains()) != 0 {
		t.Errorf("the last one is %v", got)
	}
}

func TestParquetThatIsDamaged(t *testing.T) {
	whole, err := os.ReadFile(writeParquet(t, 2500))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	f := func(what string, text []byte, want string) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, faults, err := openAccounts(path)
		if said := fmt.Sprint(faults, err); !strings.Contains(said, "the Parquet file is "+want) {
			t.Errorf("%s: got %s", what, said)
		}
	}
	f("cut off", whole[:len(whole)/2], "cut off")
	f("only the beginning", whole[:4], "cut off")
	holes := bytes.Clone(whole)
	for i := 4; i < len(holes)-3000; i += 97 {
		holes[i] ^= 0xff
	}
	f("its last byte is missing", whole[:len(whole)-1], "cut off")
	f("garbled", holes, "damaged")
	if _, err := NewInput("stdin", InputOptions{}, io.MultiReader(bytes.NewReader(whole))); err == nil || !strings.Contains(err.Error(), "not from a pipe") {
		t.Errorf("a pipe: got %v", err)
	}
}

func TestZstandard(t *testing.T) {
	var packed bytes.Buffer
	for part := range 2 {
		z, err := zstd.NewWriter(&packed)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5000 {
			fmt.Fprintf(z, "{\"id\":\"a%d-%d\",\"name\":\"Name %d\"}\n", part, i, i*7919%10_007)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if accounts, faults := readAccounts(t, "a.jsonl.zst", packed.String(), nil); len(accounts) != 10_000 || len(faults) > 0 {
		t.Errorf("got %d accounts and %v", len(accounts), faults)
	}
	accounts, faults := readAccounts(t, "a.jsonl.zst", packed.String()[:packed.Len()*2/3], nil)
	if len(accounts) < 1000 || len(accounts) == 10_000 || len(faults) != 1 || !strings.Contains(faults[0], "the file is cut off") {
		t.Errorf("cut off: got %d accounts and %v", len(accounts), faults)
	}
	if _, err := NewInput("a.csv.zst", InputOptions{}, bytes.NewReader(packed.Bytes()[:3])); err == nil || !strings.Contains(err.Error(), "the file is cut off") {
		t.Errorf("three bytes: got %v", err)
	}
	garbled := packed.Bytes()
	garbled[packed.Len()-2] ^= 0xff // in the checksum
	_, faults = readAccounts(t, "a.jsonl.zst", string(garbled), nil)
	if len(faults) != 1 || !strings.Contains(faults[0], "the Zstandard file is damaged") {
		t.Errorf("garbled: got %v", faults)
	}
}
