# What must hold before a change lands.
check:
    .ci/run

# Kill the room 200 times while its steps print at full speed.
soak:
    WARROOM_SOAK=200 cargo test --test soak
