# Trình Ký. Two commands for newcomers: make run, make test (see README.md).
#
#   make run    install what is missing, build, open the program in a demo
#               workspace (without a display: drive it by itself into demo-out/)
#   make test   install what is missing, pass every test
#   make soak   the tests at their full counts (hours)
#   make build  the four programs into bin/
#   make windows  the Windows programs into bin/windows/

include .ci/packages.mk

SHELL       := /bin/sh
GO          ?= go
BIN         := $(CURDIR)/bin
WINDOWS     := $(BIN)/windows
export GOFLAGS := -buildvcs=false
export GOTOOLCHAIN := local
# Tests find the programs here instead of building them again.
export TRINHKY_BIN := $(BIN)

SOURCES := $(shell find app assets cmd pdfview signer submit -name '*.go' -o -name '*.json' -o -name '*.toml' -o -name '*.png' -o -name '*.svg') go.mod go.sum

# Packages whose goroutines are worth the race detector.
RACY := ./app/flow ./app/task ./cmd/internal/... ./cmd/sandbox/... ./pdfview/pdfium ./signer/batch ./signer/evidence ./signer/pkcs11/... ./signer/tsa ./signer/verify ./submit/...

.PHONY: run test soak build windows gates unit race whole wine deps-run deps-test clean

run: deps-run build
	sh .ci/demo

test: deps-test gates build windows unit race whole wine

soak: export TRINHKY_SOAK := 1
soak: export LAYOUT_DOCUMENTS := 300
soak: export TRINHKY_BIG := 505
soak: deps-test build
	CGO_ENABLED=0 $(GO) test -count=1 -timeout 6h ./...

deps-run:
	@sh .ci/install-packages.sh $(PACKAGES_RUN)

deps-test:
	@sh .ci/install-packages.sh $(PACKAGES_RUN) $(PACKAGES_TEST)
	@sh .ci/foreign-signers.sh

# The window and the token helper need cgo; the other two do without.
build: $(BIN)/trinhky $(BIN)/trinhky-token $(BIN)/trinhkyctl $(BIN)/sandbox

$(BIN)/trinhky $(BIN)/trinhky-token: $(BIN)/%: $(SOURCES)
	CGO_ENABLED=1 $(GO) build -ldflags '-s -w' -o $@ ./cmd/$*

$(BIN)/trinhkyctl $(BIN)/sandbox: $(BIN)/%: $(SOURCES)
	CGO_ENABLED=0 $(GO) build -ldflags '-s -w' -o $@ ./cmd/$*

windows: $(WINDOWS)/trinhky.exe $(WINDOWS)/trinhkyctl.exe $(WINDOWS)/trinhky-token.exe $(WINDOWS)/trinhky-token-386.exe

$(WINDOWS)/trinhky.exe: $(SOURCES)
	CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc GOOS=windows GOARCH=amd64 \
		$(GO) build -ldflags '-s -w -H=windowsgui' -o $@ ./cmd/trinhky

$(WINDOWS)/trinhkyctl.exe $(WINDOWS)/trinhky-token.exe: $(WINDOWS)/%.exe: $(SOURCES)
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) build -ldflags '-s -w' -o $@ ./cmd/$*

$(WINDOWS)/trinhky-token-386.exe: $(SOURCES)
	CGO_ENABLED=0 GOOS=windows GOARCH=386 $(GO) build -ldflags '-s -w' -o $@ ./cmd/trinhky-token

gates:
	@unformatted=$$($(GO) tool gofumpt -l app assets cmd pdfview signer submit installer); \
		[ -z "$$unformatted" ] || { echo "gofumpt:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	CGO_ENABLED=0 GOOS=windows GOARCH=386 $(GO) vet ./signer/pkcs11 ./cmd/trinhky-token

# Everything that needs neither a display nor cgo.
unit:
	env -u DISPLAY -u WAYLAND_DISPLAY CGO_ENABLED=0 $(GO) test -count=1 -timeout 25m -tags no_metadata ./...

race:
	CGO_ENABLED=1 $(GO) test -race -short -count=1 -timeout 20m $(RACY)

# The whole way in the real window on a virtual display.
whole:
	CGO_ENABLED=1 $(GO) test -count=1 -run '^TestNothingRunsAfterTheWindow$$' ./app
	TRINHKY_DEMO_OUT=$(CURDIR)/.cache/demo-out TRINHKY_DEMO_WALK=1 sh .ci/demo

# The Windows programs under Wine.
wine:
	CGO_ENABLED=0 TRINHKY_WINDOWS=$(WINDOWS) $(GO) test -count=1 -timeout 15m ./installer/...

clean:
	rm -rf bin demo-out .cache
