# nix-build -E '(import <nixpkgs> { }).callPackage ./package.nix { }', in a checkout or an sdist of modeswitch.
# On NixOS: environment.systemPackages, services.udev.packages and systemd.packages = [ modeswitch ].
{
  lib,
  python3,
  libusb1,
  installShellFiles,
}:

python3.pkgs.buildPythonApplication {
  pname = "modeswitch";
  version = "0.1.0";
  pyproject = true;

  src = lib.cleanSource ../../..;

  build-system = [ python3.pkgs.setuptools ];
  nativeBuildInputs = [ installShellFiles ];

  dependencies = with python3.pkgs; [
    construct
    pyserial
    pyusb
  ];

  nativeCheckInputs = with python3.pkgs; [
    hypothesis
    pytest-xdist
    pytestCheckHook
  ];

  # A service is started without a search path for libraries.
  postPatch = ''
    substituteInPlace modeswitch/usb/libusb.py \
      --replace-fail '"libusb-1.0.so.0"' '"${lib.getLib libusb1}/lib/libusb-1.0.so.0"'
  '';

  # The interpreter of the units is one that has the packages: a wrapper would hide them from `python -I`.
  postInstall = ''
    installManPage contrib/man/modeswitch.1 contrib/man/modeswitch.toml.5
    PYTHONPATH="$out/${python3.sitePackages}:$PYTHONPATH" python -B -m modeswitch udev files \
      --vendor --replace-usb-modeswitch \
      --python "${python3.withPackages (packages: with packages; [ construct pyserial pyusb ])}/bin/python3" \
      --root "$out"
    mv "$out/usr/lib/udev" "$out/usr/lib/systemd" "$out/lib/"
    rm -r "$out/usr"
    for unit in "$out"/lib/systemd/system/*.service; do
      substituteInPlace "$unit" --replace-fail '-c "from modeswitch' \
        "-c \"import sys; sys.path.insert(0, '$out/${python3.sitePackages}'); from modeswitch"
    done
  '';

  meta = {
    description = "Switch USB modems to the mode wanted, and prove it";
    homepage = "https://pypi.org/project/modeswitch";
    license = with lib.licenses; [
      mit
      gpl2Plus
      gpl2Only
    ];
    mainProgram = "modeswitch";
    platforms = lib.platforms.linux;
  };
}
