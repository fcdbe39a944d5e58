namespace LiveCommerce.Actors.Links;

/// <summary>Which contracts a process speaks.</summary>
/// <param name="Version">Rises with each release that changes them. Neighbours understand each other; two apart do not.</param>
/// <param name="Hash">Of all members: tells two builds of one version apart, for people who look for a reason.</param>
internal sealed record LinkContracts(int Version, string Hash)
{
    /// <summary>Whether processes of these two versions may be alive together.</summary>
    public static bool AreNeighbours(int one, int other) => Math.Abs((long)one - other) <= 1;
}

/// <summary>What a process says first on a new connection.</summary>
/// <param name="Process">Which it is: observers are addressed by it.</param>
/// <param name="Protocol">Of the link itself; see <see cref="Current"/>.</param>
internal sealed record LinkHello(string Process, int Protocol, int Contracts, string Hash)
{
    /// <summary>How frames look, and what processes rely on in one another. Rises with each change.</summary>
    public const int Current = 2;

    /// <summary>
    /// The oldest that this program understands; whether a newer one understands this program, the newer one knows. With 1 there was no
    /// credit, no generation, and grains' epochs were the shard's alone, so silos of 1 and 2 would overtake each other's grains.
    /// </summary>
    public const int Oldest = 2;

    /// <summary>What people do with processes that are older than <see cref="Oldest"/>.</summary>
    public const string StopAll = "stop all silos and gateways first, then start the new version";

    /// <summary>Null when frames of this protocol are understood, else the sentence that says what to do.</summary>
    public static string? ProblemOf(int protocol) => protocol < Oldest
        ? $"The other process speaks link protocol {protocol}, and this one understands {Oldest} and newer: {StopAll}."
        : null;

    /// <summary>Null when the two may talk, else the sentence that says what to do.</summary>
    public string? ProblemAt(LinkContracts here) =>
        ProblemOf(Protocol) is { } old ? old
        : !LinkContracts.AreNeighbours(Protocol, Current)
            ? $"This silo speaks link protocol {Current} and the other process {Protocol}. Go through the versions between them, one after another."
        : !LinkContracts.AreNeighbours(Contracts, here.Version)
            ? $"This silo speaks contracts {here.Version} and the other process {Contracts}, more than one version apart. "
                + "Go through the versions between them, one after another."
        : null;
}

/// <summary>What a silo answers.</summary>
/// <param name="Calls">Calls of this connection that it works on at once; each answer gives one back.</param>
/// <param name="Bytes">Bytes of their JSON together; a single call may be larger when it is the only one.</param>
internal sealed record LinkWelcome(int Protocol, int Contracts, string Hash, int Calls, int Bytes);

/// <summary>What is left of the credit that a silo grants. Both ends count alike; whoever overdraws is cut off. Callers lock.</summary>
internal struct LinkCredit(int calls, int bytes)
{
    /// <summary>Calls under way.</summary>
    public int Calls { get; private set; }

    /// <summary>Bytes of their JSON.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether another call fits. One that is alone always does.</summary>
    public readonly bool Fits(int size) => Calls == 0 || (Calls < calls && Bytes + size <= bytes);

    public void Take(int size) => (Calls, Bytes) = (Calls + 1, Bytes + size);

    public void Return(int size) => (Calls, Bytes) = (Calls - 1, Bytes - size);
}
