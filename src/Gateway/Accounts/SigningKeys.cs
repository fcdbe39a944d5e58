using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Signs what gateways give out and recognise again, whichever of them gave it.</summary>
internal interface ISigner
{
    /// <summary>The signature of a message, <see cref="SigningKeys.MacBytes"/> long.</summary>
    /// <param name="purpose">What it is signed as: a signature for one purpose is none for another.</param>
    ValueTask<byte[]> SignAsync(string purpose, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}

/// <summary>
/// The one key of all gateways, in the database: made by the first that needs it. Taking its row away and starting the gateways anew ends
/// everything that was signed.
/// </summary>
internal sealed class SigningKeys(IDbContextFactory<AccountsContext> contexts, TimeProvider time) : ISigner
{
    /// <summary>Bytes of a signature: HMAC-SHA256 cut to 128 bits, and a little more to fill up base64.</summary>
    public const int MacBytes = 17;

    private const string Name = "access-1";
    private const int KeyBytes = 32;

    private volatile byte[]? _key;

    /// <inheritdoc/>
    public async ValueTask<byte[]> SignAsync(string purpose, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        Sign(_key ?? await LoadAsync(cancellationToken), purpose, message.Span);

    /// <summary>A signature with a key. Pure.</summary>
    public static byte[] Sign(byte[] key, string purpose, ReadOnlySpan<byte> message)
    {
        // The purpose has no zero in it and ends with one: no two pairs of purpose and message read alike.
        var length = Encoding.UTF8.GetByteCount(purpose);
        var signed = new byte[length + 1 + message.Length];
        Encoding.UTF8.GetBytes(purpose, signed);
        message.CopyTo(signed.AsSpan(length + 1));
        return HMACSHA256.HashData(key, signed)[..MacBytes];
    }

    /// <summary>Reads the key, and makes it if there is none.</summary>
    public async Task<byte[]> LoadAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(context, cancellationToken) is { } known) { return _key = known; }

        // Several gateways may come here at once: the first row stands, and all read it.
        var (made, now) = (RandomNumberGenerator.GetBytes(KeyBytes), time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
        await context.Database.ExecuteSqlAsync(
            $"insert into signing_key(name, secret, made_at) values ({Name}, {made}, {now}) on conflict (name) do nothing", cancellationToken);
        return _key = await FindAsync(context, cancellationToken) ?? throw new InvalidOperationException("The key that gateways sign with could not be stored.");
    }

    private static Task<byte[]?> FindAsync(AccountsContext context, CancellationToken cancellationToken) =>
        context.SigningKeys.AsNoTracking().Where(row => row.Name == Name).Select(row => row.Secret).FirstOrDefaultAsync(cancellationToken)!;
}

/// <summary>
/// Reads the key when the process starts: no viewer waits for it, and a database that cannot give it is heard of before the first one comes.
/// Then each that signs asks again until it answers.
/// </summary>
internal sealed partial class SigningKeyLoader(SigningKeys keys, TimeProvider time, ILogger<SigningKeyLoader> logger) : IHostedService
{
    /// <summary>How long the start waits for it.</summary>
    public static readonly TimeSpan LoadWithin = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keys.LoadAsync(cancellationToken).WaitAsync(LoadWithin, time, cancellationToken);
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotLoaded(logger, problem);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(EventId = 2512, Level = LogLevel.Error,
            Message = "The key that passes and invitations are signed with could not be read from the database (signing_key); whoever needs it asks again, and is refused until it answers")]
        public static partial void NotLoaded(ILogger logger, Exception problem);
    }
}

/// <summary>A row of signing_key.</summary>
internal sealed class SigningKey
{
    public required string Name { get; init; }

    public required byte[] Secret { get; init; }
}
