using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Messages to a server and from it, whatever carries them.</summary>
internal interface ILink
{
    /// <summary>Sends one message.</summary>
    /// <exception cref="IOException">It can't be sent: the connection is over, or the server does not read.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, bool binary, CancellationToken cancellationToken);

    /// <summary>Reads so many bytes a second from now on; 0: none at all; null: all that come.</summary>
    void Pace(int? bytesPerSecond);

    /// <summary>Ends it, politely or not. Again: nothing happens.</summary>
    void Close(bool politely);
}

/// <summary>Hears a link. Called by one thread at a time.</summary>
internal interface ILinkSink
{
    /// <summary>One whole message; valid during the call.</summary>
    void OnMessage(ReadOnlySpan<byte> message);

    /// <summary>The link is over; comes once, and last.</summary>
    /// <param name="code">The close code the server gave; null for none.</param>
    /// <param name="why">What broke it; null when it was closed in order.</param>
    void OnEnd(int? code, string? why);
}

/// <summary>Instead of a connection there came a refusal.</summary>
internal sealed class ConnectionRefusedException(int status, Refusal? refusal)
    : IOException(refusal is null ? $"The server answered {status} instead of a connection." : $"The server says {refusal.Name}: {refusal.Message}")
{
    public int Status => status;

    /// <summary>What the server said; null when it was nothing of the product's.</summary>
    public Refusal? Refusal => refusal;
}
