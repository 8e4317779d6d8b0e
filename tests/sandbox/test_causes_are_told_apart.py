"""Each reason for which a machine can have no sandbox has words of its own, and a cure."""

import errno

import pytest

from lfsmake.sandbox import explain
from lfsmake.sandbox.causes import Facts, filesystem_of, gather_facts

USER = "making a user namespace"
OVERLAY = "mounting overlay with 12 layers at /mnt/lfs"
AS_ROOT = "or run lfsmake as root"

CASES = {
    "switched off": (
        errno.ENOSPC,
        Facts(USER, max_user_namespaces=0),
        "making a user namespace: ENOSPC: user namespaces are switched off (user.max_user_namespaces = 0)",
        f"as root: sysctl -w user.max_user_namespaces=15000, {AS_ROOT}",
    ),
    "limit reached": (
        errno.ENOSPC,
        Facts(USER, max_user_namespaces=15000),
        "making a user namespace: ENOSPC: the limit on user namespaces is reached",
        "as root: raise user.max_user_namespaces with sysctl -w; nesting deeper than 32 is never possible",
    ),
    "Debian's switch": (
        errno.EPERM,
        Facts(USER, userns_clone=0),
        "making a user namespace: EPERM: ordinary users may not make user namespaces"
        " (kernel.unprivileged_userns_clone = 0)",
        f"as root: sysctl -w kernel.unprivileged_userns_clone=1, {AS_ROOT}",
    ),
    "not built in": (
        errno.EINVAL,
        Facts(USER),
        "making a user namespace: EINVAL: this kernel was built without user namespaces",
        f"boot a kernel with CONFIG_USER_NS=y, {AS_ROOT}",
    ),
    "chroot": (
        errno.EPERM,
        Facts(USER, chrooted=True),
        "making a user namespace: EPERM: not possible inside a chroot",
        "run lfsmake outside the chroot, or make its folder a mount point and enter it with pivot_root",
    ),
    "a container's filter": (
        errno.EPERM,
        Facts(USER, container=True),
        "making a user namespace: EPERM: not allowed (inside a container)",
        f"start the container with --privileged or with a seccomp profile that allows unshare(2), {AS_ROOT}",
    ),
    "some policy": (
        errno.EPERM,
        Facts(USER),
        "making a user namespace: EPERM: not allowed",
        "run lfsmake as root, or ask who runs this machine to allow user namespaces",
    ),
    "AppArmor at the namespace's first use": (
        errno.EPERM,
        Facts("making namespaces", apparmor_restricts=1),
        "making namespaces: EPERM: AppArmor takes the rights of unprivileged user namespaces away",
        f"as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, {AS_ROOT}",
    ),
    "AppArmor at the map": (
        errno.EACCES,
        Facts("writing the id maps", apparmor_restricts=1),
        "writing the id maps: EACCES: AppArmor takes the rights of unprivileged user namespaces away",
        f"as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, {AS_ROOT}",
    ),
    "newuidmap": (
        errno.EPERM,
        Facts("writing the id maps with newuidmap", "newuidmap: uid range [1-65537) -> [1-65537) not allowed"),
        "writing the id maps with newuidmap: newuidmap: uid range [1-65537) -> [1-65537) not allowed",
        "/etc/subuid and /etc/subgid must give this user ranges that no one else has,"
        " and newuidmap and newgidmap must be setuid root or have file capabilities",
    ),
    "root without rights": (
        errno.EPERM,
        Facts("making a pid namespace", root=True, sys_admin=False),
        "making a pid namespace: EPERM: root has no CAP_SYS_ADMIN here",
        "start the container with --privileged, or run lfsmake as an ordinary user",
    ),
    "root without rights in a container": (
        errno.EPERM,
        Facts("making a pid namespace", root=True, sys_admin=False, container=True),
        "making a pid namespace: EPERM: root has no CAP_SYS_ADMIN here (inside a container)",
        "start the container with --privileged, or run lfsmake as an ordinary user",
    ),
    "other limits": (
        errno.ENOSPC,
        Facts("making a network namespace"),
        "making a network namespace: ENOSPC: the limit on namespaces is reached",
        "as root: raise the limits user.max_*_namespaces with sysctl -w",
    ),
    "old kernel, rootless overlay": (
        errno.EPERM,
        Facts(OVERLAY, kernel=(5, 10)),
        f"{OVERLAY}: EPERM: Linux 5.10 is too old for the sandbox",
        "boot a newer kernel",
    ),
    "old kernel, mount_setattr": (
        errno.ENOSYS,
        Facts("binding the host's /usr", kernel=(5, 11), root=True),
        "binding the host's /usr: ENOSYS: Linux 5.11 is too old for the sandbox",
        "boot a newer kernel",
    ),
    "filtered system call": (
        errno.ENOSYS,
        Facts("binding the host's /usr", container=True),
        "binding the host's /usr: ENOSYS: the kernel, or a filter around this process, does not have this system call",
        "outside a container, boot a distribution's own kernel; inside, loosen its seccomp profile",
    ),
    "no overlayfs": (
        errno.ENODEV,
        Facts(OVERLAY, root=True, overlay_known=False),
        f"{OVERLAY}: ENODEV: this kernel has no overlayfs",
        "as root: modprobe overlay; if there is no such module, boot a kernel with CONFIG_OVERLAY_FS",
    ),
    "overlay on overlay": (
        errno.EINVAL,
        Facts(OVERLAY, "overlay: filesystem on upper not supported", upper="/store/upper", upper_kind="overlay"),
        f"{OVERLAY}: EINVAL: /store/upper is on overlay, where overlayfs cannot write",
        "put the store on ext4, xfs, btrfs or tmpfs with --store DIR",
    ),
    "NFS": (
        errno.EINVAL,
        Facts(OVERLAY, upper="/home/me/store", upper_kind="nfs4"),
        f"{OVERLAY}: EINVAL: /home/me/store is on nfs4, where overlayfs cannot write",
        "put the store on ext4, xfs, btrfs or tmpfs with --store DIR",
    ),
    "masked /proc": (
        errno.EPERM,
        Facts("mounting /proc", container=True),
        "mounting /proc: EPERM: parts of the /proc around this process are hidden (inside a container)",
        "start the container with --security-opt systempaths=unconfined (podman: unmask=ALL)",
    ),
    "initial RAM disk": (
        errno.EINVAL,
        Facts("leaving the host's root", root=True),
        "leaving the host's root: EINVAL: this process's root is not one that can be left",
        "run lfsmake outside the chroot or the initial RAM disk",
    ),
    "no space": (
        errno.ENOSPC,
        Facts("entering the new root"),
        "entering the new root: ENOSPC",
        "free some space, or raise the limits of this user",
    ),
    "anything else, in the kernel's words": (
        errno.EINVAL,
        Facts(OVERLAY, "overlay: conflicting options: userxattr,redirect_dir=follow", upper_kind="ext4"),
        f"{OVERLAY}: EINVAL: overlay: conflicting options: userxattr,redirect_dir=follow",
        "",
    ),
    "not a system call at all": (
        0,
        Facts("setting the host name", "TypeError: expected str"),
        "setting the host name: TypeError: expected str",
        "",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_message_names_the_cause_and_the_hint_the_cure(case):
    code, facts, message, hint = CASES[case]
    error = explain(code, facts)
    assert (str(error), error.hint) == (message, hint)


def test_no_two_causes_share_a_message():
    messages = [message for _, _, message, _ in CASES.values()]
    assert len(set(messages)) == len(messages)


def test_facts_are_found_on_this_machine(tmp_path):
    facts = gather_facts("trying", "words", str(tmp_path))
    assert facts.operation == "trying"
    assert facts.detail == "words"
    assert facts.kernel >= (5, 12)
    assert facts.upper == str(tmp_path)
    assert facts.upper_kind


def test_the_file_system_is_that_of_the_nearest_and_latest_mount():
    mountinfo = (
        "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "22 21 0:20 / /mnt/with\\040space rw - nfs4 server:/ rw\n"
        "23 21 0:21 / /mnt/twice rw shared:2 master:1 - xfs /dev/vdb rw\n"
        "24 23 0:22 / /mnt/twice rw - tmpfs tmpfs rw\n"
    )
    assert filesystem_of("/home", mountinfo) == "ext4"
    assert filesystem_of("/mnt/with space/deep", mountinfo) == "nfs4"
    assert filesystem_of("/mnt/with", mountinfo) == "ext4"
    assert filesystem_of("/mnt/twice", mountinfo) == "tmpfs"
