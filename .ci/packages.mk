# Debian/Ubuntu packages that the Makefile installs where they are missing.
# RUN: building the desktop program and showing it (also on a virtual display).
# TEST: what only the tests need: independent validators, Wine, a Windows compiler.
PACKAGES_RUN = gcc libc6-dev pkg-config ca-certificates git \
	libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev \
	libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev libgtk-3-dev \
	libgl1-mesa-dri xvfb xauth softhsm2 opensc
PACKAGES_TEST = xdotool imagemagick x11-utils openssl p11-kit p11-kit-modules poppler-utils mupdf-tools qpdf \
	chromium apache2 libapache2-mod-auth-gssapi krb5-kdc krb5-admin-server krb5-user litmus libreoffice-writer-nogui lighttpd lighttpd-mod-webdav libheif-examples \
	libnss3-tools libpodofo-utils default-jdk-headless libpdfbox2-java libbcpkix-java python3 \
	libactivation-java libjaxb-api-java libcommons-io-java gcc-mingw-w64-x86-64 wine wine64
