using System.Reflection;

namespace LiveCommerce.Actors.Runtime;

/// <summary>Base of the generated references: turns a method call into a <see cref="GrainCall"/> and gives it to the link.</summary>
internal class GrainReference : DispatchProxy
{
    private GrainInterface? _interface;
    private IGrainLink? _link;

    public GrainId GrainId { get; private set; }

    public static TGrain Create<TGrain>(string key, IGrainLink link)
        where TGrain : class
    {
        var table = GrainInterface.Of<TGrain>();
        var proxy = Create<TGrain, GrainReference>();
        var reference = (GrainReference)(object)proxy;
        reference._interface = table;
        reference._link = link;
        reference.GrainId = new GrainId(table.GrainType, key);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = _interface![targetMethod!];
        var call = method.CreateCall(GrainId, args ?? []);
        _link!.Send(call);
        return method.ReturnValue(call);
    }

    /// <summary>Two references to one grain are equal.</summary>
    public override bool Equals(object? obj) => obj is GrainReference other && other.GrainId == GrainId;

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => GrainId.ToString();
}
