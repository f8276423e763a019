# Makes the user that the image's steps run as, and a home that it owns.
# Arguments: uid, gid, name, home.
uid=$1 gid=$2 name=$3 home=$4
touch /etc/passwd /etc/group
cut -d: -f3 /etc/group | grep -qx "$gid" || echo "$name:x:$gid:" >>/etc/group
cut -d: -f3 /etc/passwd | grep -qx "$uid" || echo "$name:x:$uid:$gid::$home:/bin/sh" >>/etc/passwd
mkdir -p "$home"
chown "$uid:$gid" "$home"
chmod 755 "$home"
