"""Every name that Rise's programs agree on, once; nothing here imports anything heavy."""

GROUP = "rise.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

FINALIZER = "rise.dev/operator"
FIELD_MANAGER = "rise-operator"
# Policies that operator and backend could not try otherwise refuse whoever writes by this name:
# a dry run that is refused so is the evidence that they decide. Nothing is ever written by it.
IN_FORCE_MANAGER = "rise-policy-in-force"

# Labels under internal.rise.dev/ are out of people's reach (admission policy).
LABEL_PROJECT = "internal.rise.dev/project"
LABEL_PROJECT_UID = "internal.rise.dev/project-uid"
LABEL_TEAM = "internal.rise.dev/team"
LABEL_TEAM_UID = "internal.rise.dev/team-uid"

# RFC 3339: whoever may change a Project asks for new credentials by giving it another time.
ANNOTATION_ROTATE = "rise.dev/rotate-credentials"
PULL_SECRET = "rise-registry"  # noqa: S105 - the name of a Secret

# How a person of the identity provider is called in Kubernetes.
USER_PREFIX = "rise:"
IDP_GROUP_PREFIX = "rise:idp:"
USERS_GROUP = "rise:users"
APPLY_GROUP = "rise:gateway:apply"
AUDIENCE = "rise-kubernetes"
CLI_CLIENT_ID = "rise-cli"

# How the API server refuses writes while its policies are starting, for up to 30 s: wait and
# repeat (kubernetes/kubernetes#124237).
POLICIES_STARTING = (
    "failed to find resource referenced by paramKind",
    "not yet synced to use for admission",
    "not yet ready to handle request",
)

SYSTEM_NAMESPACE = "rise-system"
OPERATOR_USER = f"system:serviceaccount:{SYSTEM_NAMESPACE}:rise-operator"
BACKEND_USER = f"system:serviceaccount:{SYSTEM_NAMESPACE}:rise-backend"

# Lower-case ASCII addresses only: both sides of every comparison meet in one form.
EMAIL_PATTERN = "^[a-z0-9.!#$%&*+/=?^_`{|}~-]+@[a-z0-9-]+([.][a-z0-9-]+)+$"
EMAIL_MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1
NAME_PATTERN = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
NAME_MAX_LENGTH = 40
RESERVED_NAMES = (
    "admin",
    "api",
    "default",
    "dex",
    "gateway",
    "operator",
    "public",
    "registry",
    "system",
    "www",
)
RESERVED_PREFIXES = ("kube-", "rise-")


def namespace_name(project: str) -> str:
    """Return the name of the namespace of the project called `project`."""
    return f"rise-{project}"
