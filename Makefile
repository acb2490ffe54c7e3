# Placeholder while the tree is laid out; `make deps` is already real.
include build/packages.mk
deps:
	@sh build/install-packages.sh $(PACKAGES_RUN) $(PACKAGES_TEST)
.PHONY: deps
