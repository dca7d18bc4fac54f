package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Config is all that leadmatchd is told. The zero value works: every field that is zero takes its default.
type Config struct {
	DataDir string // where the store is; default: DefaultDataDir
	Listen  string // host:port; default: DefaultListen
	// ListenAnywhere allows addresses that other machines can reach. There is no encryption and no authentication yet:
	// whoever reaches the port can read and change everything.
	ListenAnywhere bool

	MaxMessageBytes   int           // of one message received; 4 MiB, 64 KiB to 4 MiB
	MaxHeaderBytes    int           // of the metadata of one call; 16 KiB, 1 KiB to 1 MiB
	MaxStreams        int           // calls at once of one connection; 256, 1 to 65,536
	MaxLive           int           // Match and other short calls at once; 1,024, 1 to 65,536
	MaxBulk           int           // BatchMatch, StreamMatch and Backup at once; 64, 1 to 65,536
	MaxWrites         int           // writing calls at once; 64, 1 to 65,536
	ConnectionTimeout time.Duration // for a connection to say hello, which also holds up the end; 5 s, 1 ms to 1 min
	IdleTimeout       time.Duration // for the next message of an import or a replacement; 2 min, 1 ms to 1 h
	MaxWait           time.Duration // for a min_revision, without an earlier deadline; 10 s, 1 ms to 10 min
	ShutdownTimeout   time.Duration // for calls to end after a signal; 15 s, 1 ms to 10 min
	SlowCall          time.Duration // live calls that take longer are logged, others when they take ten times as long; 250 ms, 1 ms to 1 h
	MinFreeBytes      uint64        // that stay free on the disk; 512 MiB, at least 1
}

// Defaults.
const (
	DefaultListen            = "127.0.0.1:7411"
	defaultMaxMessageBytes   = 4 << 20
	defaultMaxHeaderBytes    = 16 << 10
	defaultMaxStreams        = 256
	defaultMaxLive           = 1024
	defaultMaxBulk           = 64
	defaultMaxWrites         = 64
	defaultConnectionTimeout = 5 * time.Second
	defaultIdleTimeout       = 2 * time.Minute
	defaultMaxWait           = 10 * time.Second
	defaultShutdownTimeout   = 15 * time.Second
	defaultSlowCall          = 250 * time.Millisecond
	defaultMinFreeBytes      = 512 << 20
)

// DefaultDataDir is the folder for data of the user who runs leadmatchd: $XDG_DATA_HOME/leadmatch, or
// ~/.local/share/leadmatch; in the working folder when the user has no home.
func DefaultDataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "leadmatch")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "leadmatch-data"
	}
	return filepath.Join(home, ".local", "share", "leadmatch")
}

// Defaults returns the configuration that the zero value stands for.
func Defaults() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	orDefault(&c.DataDir, DefaultDataDir())
	orDefault(&c.Listen, DefaultListen)
	orDefault(&c.MaxMessageBytes, defaultMaxMessageBytes)
	orDefault(&c.MaxHeaderBytes, defaultMaxHeaderBytes)
	orDefault(&c.MaxStreams, defaultMaxStreams)
	orDefault(&c.MaxLive, defaultMaxLive)
	orDefault(&c.MaxBulk, defaultMaxBulk)
	orDefault(&c.MaxWrites, defaultMaxWrites)
	orDefault(&c.ConnectionTimeout, defaultConnectionTimeout)
	orDefault(&c.IdleTimeout, defaultIdleTimeout)
	orDefault(&c.MaxWait, defaultMaxWait)
	orDefault(&c.ShutdownTimeout, defaultShutdownTimeout)
	orDefault(&c.SlowCall, defaultSlowCall)
	orDefault(&c.MinFreeBytes, defaultMinFreeBytes)
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check returns everything that is wrong with a configuration whose defaults are filled in, as one ErrConfig.
func (c Config) check() error {
	var errs []error
	within := func(name string, value, low, high int) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %d, must be %d to %d", name, value, low, high))
		}
	}
	lasts := func(name string, value, low, high time.Duration) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %v, must be %v to %v", name, value, low, high))
		}
	}
	within("the message limit", c.MaxMessageBytes, 64<<10, 4<<20)
	within("the header limit", c.MaxHeaderBytes, 1<<10, 1<<20)
	within("the limit of streams", c.MaxStreams, 1, 1<<16)
	within("the limit of live calls", c.MaxLive, 1, 1<<16)
	within("the limit of bulk calls", c.MaxBulk, 1, 1<<16)
	within("the limit of writing calls", c.MaxWrites, 1, 1<<16)
	lasts("the connection timeout", c.ConnectionTimeout, time.Millisecond, time.Minute)
	lasts("the idle timeout", c.IdleTimeout, time.Millisecond, time.Hour)
	lasts("the longest wait", c.MaxWait, time.Millisecond, 10*time.Minute)
	lasts("the shutdown timeout", c.ShutdownTimeout, time.Millisecond, 10*time.Minute)
	lasts("the time of a slow call", c.SlowCall, time.Millisecond, time.Hour)
	if err := c.checkListen(); err != nil {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(errs...))
	}
	return nil
}

// checkListen refuses an address that other machines can reach, unless that is asked for.
func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("the address %q is not host:port: %w", c.Listen, err)
	}
	if ip := net.ParseIP(host); c.ListenAnywhere || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the address %q can be reached from other machines, and there is neither encryption nor "+
		"authentication; use 127.0.0.1, or say %s", c.Listen, listenAnywhereFlag)
}

const listenAnywhereFlag = "--listen-anywhere-without-authentication"

// bulkWorkers is how many goroutines match leads for bulk calls at once. Live calls come between, as these yield after
// every few leads.
func bulkWorkers() int { return runtime.GOMAXPROCS(0) }
