// Command trinhkyctl is Trình Ký without a window: the same core for scripts,
// other programs and tests. Flags, JSON fields and exit codes are a contract.
//
// House rules: human text goes to standard error, in the language asked for;
// with --json standard output holds the JSON and nothing else. Secrets never
// stand on the command line.
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"trinhky/app/message"
	"trinhky/cmd/internal/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// stdio is where a command reads and writes.
type stdio struct {
	in       *os.File
	out, err io.Writer
}

// globals are the flags of every command.
type globals struct {
	JSON    bool   `help:"${json}"`
	Lang    string `help:"${lang}" enum:",vi,en" default:"" placeholder:"vi|en"`
	Home    string `help:"${home}" placeholder:"DIR"`
	Verbose bool   `short:"v" help:"${verbose}"`
}

// commands is the whole command line.
type commands struct {
	globals

	Token    tokenCommands  `cmd:"" help:"${token}"`
	Inspect  inspectCommand `cmd:"" help:"${inspect}"`
	Render   renderCommand  `cmd:"" help:"${render}"`
	Text     textCommand    `cmd:"" help:"${text}"`
	Prepare  prepareCommand `cmd:"" help:"${prepare}"`
	Sign     signCommand    `cmd:"" help:"${sign}"`
	Batch    batchCommand   `cmd:"" help:"${batch}"`
	Augment  augmentCommand `cmd:"" help:"${augment}"`
	Verify   verifyCommand  `cmd:"" help:"${verify}"`
	Extract  extractCommand `cmd:"" help:"${extract}"`
	Metadata metaCommand    `cmd:"" help:"${metadata}"`
	Send     sendCommand    `cmd:"" help:"${send}"`
	Outbox   outboxCommands `cmd:"" help:"${outbox}"`

	Recall   recallCommand    `cmd:"" help:"${recall}"`
	Update   updateCommand    `cmd:"" help:"${update}"`
	Replace  replaceCommand   `cmd:"" help:"${replace}"`
	Inbox    inboxCommands    `cmd:"" help:"${inbox}"`
	Register registerCommands `cmd:"" help:"${register}"`
	Template templateCommands `cmd:"" help:"${template}"`
	Audit    auditCommands    `cmd:"" help:"${audit}"`

	Directory directoryCommands `cmd:"" help:"${directory}"`
	Edxml     edxmlCommands     `cmd:"" help:"${edxml}"`
	Bridge    bridgeCommands    `cmd:"" help:"${bridge}"`
	Doctor    doctorCommand     `cmd:"" help:"${doctor}"`
	Bench     benchCommand      `cmd:"" help:"${bench}"`
}

// session is one run of the program.
type session struct {
	*wire.Graph
	globals
	stdio
	early *message.Table // the words until the graph is there
}

func run(ctx context.Context, args []string, std stdio) (code int) {
	var c commands
	s := &session{stdio: std}
	// A fault of ours must still answer in the words of the contract.
	defer func() {
		if r := recover(); r != nil {
			code = s.fail(&panicError{r})
		}
	}()
	var err error
	if s.early, err = wire.Words(languageOf(args)); err != nil {
		return s.fail(err)
	}
	parser, err := newParser(&c, s.early, std)
	if err != nil {
		return s.fail(err)
	}
	command, err := parser.Parse(args)
	s.globals = c.globals
	if err != nil {
		s.JSON = wantsJSON(args)
		return s.fail(complaint(err))
	}
	s.Graph, err = wire.Open(wire.Options{Home: c.Home, Language: c.Lang, Log: s.logger()})
	if err != nil {
		return s.fail(err)
	}
	defer func() {
		if err := s.Graph.Close(); err != nil {
			s.Log.Warn("close", "error", err)
		}
	}()
	command.BindTo(ctx, (*context.Context)(nil))
	return s.fail(command.Run(s))
}

// logger writes to standard error with -v, else nowhere.
func (s *session) logger() *slog.Logger {
	if !s.Verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(s.stdio.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
