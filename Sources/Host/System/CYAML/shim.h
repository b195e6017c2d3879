// libyaml's event API (libyaml-dev): https://pyyaml.org/wiki/LibYAML
#include <yaml.h>
