# Placeholder while the tree is laid out; `make deps` is already real.
include .ci/packages.mk
deps:
	@sh .ci/install-packages.sh $(PACKAGES_RUN) $(PACKAGES_TEST)
.PHONY: deps
