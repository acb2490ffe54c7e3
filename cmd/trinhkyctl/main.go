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
	"slices"
	"syscall"

	"github.com/alecthomas/kong"

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
	JSON    bool   `help:"In kết quả dạng JSON ra đầu ra chuẩn."`
	Lang    string `help:"Ngôn ngữ: vi hoặc en." placeholder:"vi|en"`
	Home    string `help:"Thư mục cài đặt và cơ sở dữ liệu." placeholder:"DIR"`
	Verbose bool   `short:"v" help:"Ghi nhật ký chi tiết ra đầu ra lỗi."`
}

// commands is the whole command line.
type commands struct {
	globals

	Token    tokenCommands  `cmd:"" help:"Thiết bị ký."`
	Inspect  inspectCommand `cmd:"" help:"Xem trang, ô chữ ký, quyền hạn và các thành phần của văn bản."`
	Render   renderCommand  `cmd:"" help:"Vẽ một trang thành ảnh PNG."`
	Text     textCommand    `cmd:"" help:"Chữ của văn bản kèm vị trí."`
	Sign     signCommand    `cmd:"" help:"Ký một văn bản."`
	Batch    batchCommand   `cmd:"" help:"Ký nhiều văn bản với một lần mở khóa."`
	Augment  augmentCommand `cmd:"" help:"Thêm dấu thời gian hoặc bằng chứng vào văn bản đã ký."`
	Verify   verifyCommand  `cmd:"" help:"Kiểm tra chữ ký."`
	Extract  extractCommand `cmd:"" help:"Lấy lại bản đã ký của một chữ ký."`
	Metadata metaCommand    `cmd:"" help:"Thông tin gửi đọc được từ văn bản."`
	Send     sendCommand    `cmd:"" help:"Gửi văn bản đã ký lên trục liên thông."`
	Outbox   outboxCommands `cmd:"" help:"Văn bản gửi đi."`

	Directory directoryCommands `cmd:"" help:"Danh bạ cơ quan."`
	Doctor    doctorCommand     `cmd:"" help:"Kiểm tra từ thiết bị ký đến trục liên thông: gì chạy được, cần làm gì."`
}

// session is one run of the program.
type session struct {
	*wire.Graph
	globals
	stdio
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
	parser, err := kong.New(&c, kong.Name("trinhkyctl"),
		kong.Description("Trình Ký không cửa sổ: ký, kiểm tra và gửi văn bản PDF."),
		kong.Writers(std.out, std.err), kong.UsageOnError(),
		kong.WithHyphenPrefixedParameters(true),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return s.fail(err)
	}
	command, err := parser.Parse(args)
	s.globals = c.globals
	if err != nil {
		s.JSON = slices.Contains(args, "--json")
		return s.fail(usage("%v", err))
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
