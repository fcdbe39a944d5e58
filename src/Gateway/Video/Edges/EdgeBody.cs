using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>An answer of another gateway that is read piece by piece.</summary>
/// <param name="total">Bytes of the whole file.</param>
/// <param name="patience">For one piece.</param>
/// <param name="space">Given back when it is closed.</param>
internal sealed class EdgeBody(HttpResponseMessage response, Stream stream, long total, TimeSpan patience, TimeProvider time, IDisposable space) : IDisposable
{
    /// <summary>Bytes of the whole file.</summary>
    public long Total => total;

    /// <summary>As in <see cref="IRecordedFile"/>: fewer bytes only at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> to, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try { return await stream.ReadAtLeastAsync(to, to.Length, throwOnEndOfStream: false, either.Token); }
        catch (OperationCanceledException silence) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("The other gateway stopped in the middle of a file.", silence);
        }
    }

    /// <summary>Closes it and leaves its space to the one that follows.</summary>
    public IDisposable Leave()
    {
        response.Dispose();
        return space;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        response.Dispose();
        space.Dispose();
    }
}
